using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Chat;

namespace Qwen2Audio.Extensions;

/// <summary>
/// Converts <see cref="ChatOptions"/> to <see cref="AnswerOptions"/>. Supported additional properties have the names of generation_config.json:
/// min_p, repetition_penalty, no_repeat_ngram_size, num_beams (whole answers only).
/// </summary>
internal static class ChatSettings
{
    private static readonly string[] Additional = ["min_p", "repetition_penalty", "no_repeat_ngram_size", "num_beams"];

    /// <summary>The settings.</summary>
    /// <exception cref="NotSupportedException">A setting is not supported.</exception>
    /// <exception cref="OptionException">A setting is out of range.</exception>
    public static AnswerOptions Of(ChatOptions? options, string? model)
    {
        options ??= new ChatOptions();
        Refuse(options.Tools is { Count: > 0 } || options.ToolMode is RequiredChatToolMode, "Tools are");
        Refuse(options.ResponseFormat is not (null or ChatResponseFormatText), "Answers in other forms than plain text are");
        Refuse(options.FrequencyPenalty is not (null or 0), "FrequencyPenalty (use the additional property repetition_penalty) is");
        Refuse(options.PresencePenalty is not (null or 0), "PresencePenalty (use the additional property repetition_penalty) is");
        Refuse(options.ConversationId is not null, "ConversationId (pass all messages in each call) is");
        Refuse(options.ModelId is { } other && other != model, $"ModelId \"{options.ModelId}\" (this client's model is \"{model}\") is");
        Refuse(options.Reasoning is not null, "Reasoning is");
        Refuse(options.RawRepresentationFactory is not null, "RawRepresentationFactory is");
#pragma warning disable MEAI001 // experimental API, which must still be rejected here when used
        Refuse(options.AllowBackgroundResponses == true || options.ContinuationToken is not null, "Background answers are");
#pragma warning restore MEAI001
        foreach (var name in options.AdditionalProperties?.Keys ?? [])
            Refuse(!Additional.Contains(name), $"The additional property \"{name}\" ({string.Join(", ", Additional)} are known) is");
        if (options.Temperature is { } t && !(t >= 0)) throw new OptionException($"Temperature is {t.ToString(CultureInfo.InvariantCulture)}; allowed: 0 or more.");
        return new AnswerOptions
        {
            MaxNewTokens = options.MaxOutputTokens,
            Sample = options.Temperature is { } temperature ? temperature > 0 : null,
            Temperature = options.Temperature is > 0 ? options.Temperature : null,
            TopP = options.TopP,
            TopK = options.TopK,
            MinP = Number(options, "min_p"),
            RepetitionPenalty = Number(options, "repetition_penalty"),
            NoRepeatNgramSize = Whole(options, "no_repeat_ngram_size"),
            Beams = Whole(options, "num_beams"),
            Seed = (ulong)(options.Seed ?? Random.Shared.NextInt64()), // without a seed, sampled answers vary
            StopStrings = options.StopSequences is { } stops ? [.. stops] : [],
        };
    }

    private static void Refuse(bool asked, string what)
    {
        if (asked) throw new NotSupportedException($"{what} not supported here.");
    }

    private static int? Whole(ChatOptions options, string name) => Number(options, name) is not { } number ? null
        : number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? (int)number
        : throw new OptionException($"{name} is {number.ToString(CultureInfo.InvariantCulture)}; allowed: whole numbers.");

    private static double? Number(ChatOptions options, string name)
    {
        if (options.AdditionalProperties is null || !options.AdditionalProperties.TryGetValue(name, out var value) || value is null) return null;
        return value is IConvertible and not string ? Convert.ToDouble(value, CultureInfo.InvariantCulture)
            : throw new OptionException($"{name} is {value}; allowed: a number.");
    }
}
