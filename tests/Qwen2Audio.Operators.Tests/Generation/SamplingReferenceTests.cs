using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Generation.Processors;
using Qwen2Audio.Inference.Generation.Sampling;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Operators.Tests.Generation;

/// <summary>Recorded logits before and after the reference's logits processors: fixtures/sampling.</summary>
public sealed class SamplingReferenceTests
{
    private static readonly string[] Cases = ["sampling", "cases.json"];
    private static readonly string[] Tensors = ["sampling", "cases.safetensors"];

    [Fact]
    public void EveryCaseKeepsWhatTheReferenceKeeps()
    {
        Assert.SkipUnless(Fixtures.Has(Cases) && Fixtures.Has(Tensors), Fixtures.MissingReason(Cases));
        using var document = JsonDocument.Parse(File.ReadAllText(Fixtures.Locate(Cases)));
        using var tensors = SafetensorsFile.Open(Fixtures.Locate(Tensors));
        var wrong = new List<string>();
        var count = 0;
        foreach (var recorded in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            var number = recorded.GetProperty("case").GetInt32();
            count++;
            if (Difference(recorded, number, tensors) is { } difference) wrong.Add($"case {number}: {difference}");
        }

        Assert.Equal(document.RootElement.GetProperty("count").GetInt32(), count);
        Assert.Empty(wrong);
    }

    private static string? Difference(JsonElement recorded, int number, SafetensorsFile tensors)
    {
        var logits = tensors.ReadFloats($"logits.{number}");
        var filtered = tensors.ReadFloats($"filtered.{number}");
        var probabilities = tensors.ReadFloats($"probabilities.{number}");
        int[] ids = [.. tensors.ReadInt64s($"input_ids.{number}").Select(id => (int)id)];
        var options = Options(recorded.GetProperty("settings"));
        options.Check(logits.Length);
        new LogitsProcessors(options).Apply(logits, ids, recorded.GetProperty("prompt_length").GetInt32());
        var most = new SamplingFilter(options).Apply(logits);

        for (var i = 0; i < logits.Length; i++)
        {
            if (float.IsNegativeInfinity(filtered[i]) != float.IsNegativeInfinity(logits[i])) return $"token {i} is {logits[i]} instead of {filtered[i]}";
            if (float.IsFinite(filtered[i]) && MathF.Abs(logits[i] - filtered[i]) > 1e-6f * MathF.Abs(filtered[i]))
                return $"logit {i} is {logits[i]} instead of {filtered[i]}";
        }

        var kept = logits.Count(float.IsFinite);
        if (kept != recorded.GetProperty("kept").GetInt32()) return $"{kept} are kept";
        var best = new GreedySampler().Choose(logits, default);
        if (best != recorded.GetProperty("argmax").GetInt32()) return $"{best} is the best";
        return WrongDraw(logits, most, probabilities);
    }

    /// <summary>Draws at the middle of every recorded probability find its token.</summary>
    private static string? WrongDraw(float[] logits, float most, float[] probabilities)
    {
        var sum = LogSumExp.Of(logits);
        var before = 0.0;
        for (var i = 0; i < logits.Length; i++)
        {
            var probability = Math.Exp(logits[i] - sum);
            if (Math.Abs(probability - probabilities[i]) > 3e-6 || (probabilities[i] == 0 && probability > 1e-38))
                return $"probability {i} is {probability} instead of {probabilities[i]}";
            if (probability > 1e-5 && SamplingFilter.Draw(logits, most, before + probability / 2) != i) return $"the draw of {i} finds another";
            before += probability;
        }

        return SamplingFilter.Draw(logits, most, 1 - 1e-16) is var last && float.IsFinite(logits[last]) ? null : $"{last} is drawn at the end";
    }

    private static GenerationOptions Options(JsonElement settings)
    {
        var known = 0;
        var options = new GenerationOptions
        {
            MaxNewTokens = 1000,
            RepetitionPenalty = Number("repetition_penalty", 1),
            NoRepeatNgramSize = (int)Number("no_repeat_ngram_size", 0),
            BadWords = Read("bad_words_ids") is { } words ? [.. words.EnumerateArray().Select(Ids)] : [],
            MinNewTokens = (int)Number("min_new_tokens", 0),
            EndTokens = Read("eos_token_ids") is { } ends ? Ids(ends) : [],
            SuppressedTokens = Read("suppress_tokens") is { } never ? Ids(never) : [],
            BeginSuppressedTokens = Read("begin_suppress_tokens") is { } first ? Ids(first) : [],
            Sample = true,
            Temperature = Number("temperature", 1),
            TopK = (int)Number("top_k", 0),
            TopP = Number("top_p", 1),
            MinP = Number("min_p", 0),
        };
        Assert.Equal(settings.EnumerateObject().Count(), known);
        return options;

        JsonElement? Read(string name)
        {
            if (!settings.TryGetProperty(name, out var value)) return null;
            known++;
            return value;
        }

        double Number(string name, double otherwise) => Read(name)?.GetDouble() ?? otherwise;
    }

    private static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];
}
