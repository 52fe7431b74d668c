using System.CommandLine;
using System.CommandLine.Parsing;
using System.Numerics;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;
using Qwen2Audio.Hub.Cache;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Tasks;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<string?> Model() => new("--model", "-m")
    {
        Description = "Folder of the model, or name of a downloaded one (org/name or org/name@revision); the shipped model by default.",
        HelpName = "DIR",
    };

    public static Option<string?> Codec() => new("--model", "-m")
    {
        Description = "Folder of the codec, or name of a downloaded one (EnCodec, DAC, Mimi), or a training run; the shipped codec by default.",
        HelpName = "DIR",
    };

    /// <summary>As <see cref="ModelFolder"/>; the shipped codec without a name.</summary>
    public static string CodecFolder(string? named) => named is not null ? ModelFolder(named) : AudioTokenizer.DefaultFolder()
        ?? throw new UsageException("no codec is shipped with this program (models/default/codec was not found near it); name one with --model DIR.");

    /// <summary>The option that lets a model hear codec tokens alone.</summary>
    public static Option<int?> HeardCodebooks() => Number("--codebooks", "Hear only tokens of the codec in the model's folder, of so many codebooks: the audio is encoded and decoded first.", 1, 255);

    public static Option<double?> SpokenTemperature() => Number("--temperature", "Temperature of the draws; 0: the most probable codes (default: the model's).", 0, SynthesisConfig.MostTemperature);

    public static Option<string?> Adapter() => new("--adapter")
    {
        Description = "Folder of a low-rank adapter (LoRA, as peft writes it) to apply to the model, or its name in the download cache.",
        HelpName = "DIR",
    };

    /// <summary>The adapter's folder, or the newest checkpoint of a run that trained one; null without a name.</summary>
    public static string? AdapterFolder(string? named) => named is null ? null : RunCheckpoints.IsRun(named) ? Newest(named) : ModelLocator.Find(named);

    public static Option<int> Threads() => Number("--threads", "Cores to use; 0: all.", 0, 1024, 0, "-t");

    public static Option<string> NewFolder() => new("--out", "-o") { Description = "Folder to create; it must not exist yet.", HelpName = "DIR", Required = true };

    public static Option<int?> Beam()
    {
        var beam = Number("--beam", "Beam width (Whisper: at most 256); the model's setting by default.", 1, 1024);
        beam.Aliases.Add("--beams");
        return beam;
    }

    public static Option<string?> LanguageModel() => new("--language-model")
    {
        Description = "Small models: n-gram model for the beam search, from the command ngram or in ARPA format (default: the one in the model's folder, if any).",
        HelpName = "FILE",
    };

    public static Option<string?> Lexicon() => new("--lexicon")
    {
        Description = "Small models that were trained with phones: look for the words of this lexicon, from the command lexicon (default: the one in the model's folder, if any).",
        HelpName = "FILE",
    };

    /// <summary>The option --letter-to-sound, a file in every command.</summary>
    /// <param name="use">What the model does there, as a sentence.</param>
    public static Option<string?> LetterToSound(string use) => new("--letter-to-sound") { Description = $"Model from the command letter-to-sound. {use}", HelpName = "FILE" };

    public static Option<double?> LanguageModelWeight() => Number("--language-model-weight", "Weight of the language model; the model's setting by default.", 0.0, 100);

    public static Option<double?> WordBonus() => Number("--word-bonus", "Score added for each word with a language model; the model's setting by default.", -100.0, 100);

    public static Option<string?> Template() => OneOf("--template",
        "Qwen2 and Qwen2-Audio: chat template to use instead of the one in the model's folder.", null, [.. ChatTemplate.Known.Select(template => template.Name)]);

    public static ChatTemplate? Template(string? name) => name is null ? null : ChatTemplate.Named(name);

    /// <summary>A number with a default; errors name the option, what was found and what is allowed.</summary>
    public static Option<T> Number<T>(string name, string description, T least, T most, T standard, params string[] aliases)
        where T : struct, INumber<T> => new(name, aliases)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => standard,
            CustomParser = result => Parse(result, name, least, most) ?? standard,
        };

    /// <summary>An optional number.</summary>
    public static Option<T?> Number<T>(string name, string description, T least, T most)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result => Parse(result, name, least, most),
        };

    /// <summary>One of the given words, listed in help and errors; null when it is not given and has no default.</summary>
    public static Option<string?> OneOf(string name, string description, string? standard, params string[] words)
    {
        var option = new Option<string?>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            CustomParser = result =>
            {
                var given = result.Tokens[0].Value;
                if (words.FirstOrDefault(word => string.Equals(word, given, StringComparison.OrdinalIgnoreCase)) is { } known) return known;
                result.AddError($"{name} is {given}: {string.Join(", ", words.SkipLast(1))} or {words[^1]} is allowed{NameSuggestion.Hint(given, words)}");
                return null;
            },
        };
        if (standard is not null) option.DefaultValueFactory = _ => standard;
        return option;
    }

    /// <summary>The parts of a list separated by commas; null without one.</summary>
    public static string[]? Names(string? list, string option)
    {
        var names = list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names is not { Length: 0 } ? names : throw new UsageException($"{option} is empty; give values separated by commas.");
    }

    private static T? Parse<T>(ArgumentResult result, string name, T least, T most)
        where T : struct, INumber<T>
    {
        var text = result.Tokens[0].Value;
        if (!T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            result.AddError($"{name} is {text}: a {(typeof(T) == typeof(int) ? "whole number" : "number")}, {Allowed(least, most)}, is needed");
        else if (value < least || value > most || T.IsNaN(value)) result.AddError($"{name} is {text}: {Allowed(least, most)} is allowed");
        else return value;
        return null;
    }

    private static string Allowed<T>(T least, T most)
        where T : struct, INumber<T> => $"{least}…{most}";

    public static Option<bool> CheckWeights() => new("--check-weights") { Description = "Read all weights first and refuse infinities and NaN (always done for models below 256 MiB)." };

    public static Option<bool> Json() => new("--json") { Description = "Write one JSON object per line." };

    public static Argument<string[]> Files(string description) => new("FILE")
    {
        Description = description,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>
    /// The named folder, the newest checkpoint of a run folder (reported on standard error) or the downloaded model of that name; the
    /// shipped model without a name.
    /// </summary>
    public static string ModelFolder(string? named)
    {
        if (named is null)
        {
            return SpeechModel.DefaultFolder()
                ?? throw new UsageException("the shipped model (models/default) was not found near the program; name a model with --model DIR.");
        }

        try
        {
            if (!RunCheckpoints.IsRun(named)) return ModelLocator.Find(named);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new CheckpointException(named, "path", "a folder without read permission", "a readable folder", exception);
        }

        var checkpoint = Newest(named);
        return File.Exists(Path.Combine(checkpoint, LoraConfigReader.FileName))
            ? throw new RunException($"{named} is a training run of an adapter, which needs its base model; use --model BASE --adapter {named}.") : checkpoint;
    }

    private static string Newest(string run)
    {
        var checkpoint = RunCheckpoints.Newest(run);
        Console.Error.WriteLine($"{TerminalText.Name(run)} is a training run; using its newest checkpoint, {TerminalText.Name(checkpoint)}");
        return checkpoint;
    }
}
