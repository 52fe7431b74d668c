using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Formats;
using Qwen2Audio.Hub.Cache;
using Qwen2Audio.Tasks;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<string?> Model() => new("--model", "-m")
    {
        Description = "Folder of the model, or name of a downloaded one (org/name, with @revision if wanted); the shipped one by default.",
        HelpName = "DIR",
    };

    public static Option<string?> Adapter() => new("--adapter")
    {
        Description = "Folder of a low-rank adapter (LoRA, as peft writes it) to put on the model, or its name in the download cache.",
        HelpName = "DIR",
    };

    /// <summary>The named adapter's folder, or the newest checkpoint of a run that trained one; null without a name.</summary>
    public static string? AdapterFolder(string? named) => named is null ? null : RunFolder.IsRun(named) ? Newest(named) : ModelLocator.Find(named);

    public static Option<int> Threads() => Number("--threads", "Cores to use; 0: all.", 0, 1024, 0, "-t");

    /// <summary>The folder that a command makes.</summary>
    public static Option<string> NewFolder() => new("--out", "-o") { Description = "Folder to make; it must not exist yet.", HelpName = "DIR", Required = true };

    public static Option<int?> Beam()
    {
        var beam = Number("--beam", "Candidates that the beam searches keep (Whisper: up to 256); the model's setting by default.", 1, 1024);
        beam.Aliases.Add("--beams");
        return beam;
    }

    /// <summary>A chat template by its name.</summary>
    public static Option<string?> Template() => OneOf("--template",
        "Qwen2 and Qwen2-Audio: how conversations are written, whatever template the model's folder carries.", null, [.. ChatTemplate.Known.Select(template => template.Name)]);

    /// <summary>The template of that name.</summary>
    public static ChatTemplate? Template(string? name) => name is null ? null : ChatTemplate.Named(name);

    /// <summary>A number with a default; the errors name the option, what was found and what is allowed.</summary>
    public static Option<T> Number<T>(string name, string description, T least, T most, T standard, params string[] aliases)
        where T : struct, INumber<T> => new(name, aliases)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => standard,
            CustomParser = result => Parse(result, name, least, most) ?? standard,
        };

    /// <summary>A number that may be absent.</summary>
    public static Option<T?> Number<T>(string name, string description, T least, T most)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result => Parse(result, name, least, most),
        };

    /// <summary>One of some words, which help and errors list as they are typed; null without a default when it is not given.</summary>
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
                result.AddError($"{name} is {given}: {string.Join(", ", words.SkipLast(1))} or {words[^1]} is allowed{NearName.Hint(given, words)}");
                return null;
            },
        };
        if (standard is not null) option.DefaultValueFactory = _ => standard;
        return option;
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

    public static Option<bool> CheckWeights() => new("--check-weights") { Description = "Read all weights first and refuse those that are no finite numbers (models below 256 MiB: always)." };

    public static Option<bool> Json() => new("--json") { Description = "Write one JSON object a line." };

    public static Argument<string[]> Files(string description) => new("FILE")
    {
        Description = description,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>
    /// The named folder, the newest checkpoint of a run folder (said on standard error) or the downloaded model of that name; the shipped
    /// model without a name.
    /// </summary>
    public static string ModelFolder(string? named)
    {
        if (named is null)
        {
            return SpeechModel.DefaultFolder()
                ?? throw new UsageException("the shipped model (models/default) is not beside the program; name a model with --model DIR.");
        }

        try
        {
            if (!RunFolder.IsRun(named)) return ModelLocator.Find(named);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new CheckpointException(named, "path", "a folder that may not be read", "a readable folder", exception);
        }

        var checkpoint = Newest(named);
        return File.Exists(Path.Combine(checkpoint, LoraConfigReader.FileName))
            ? throw new RunException($"{named} is a training run of an adapter, which needs its base model: --model BASE --adapter {named}.") : checkpoint;
    }

    private static string Newest(string run)
    {
        var checkpoint = RunFolder.NewestModel(run)
            ?? throw new RunException($"{run} is a training run without a checkpoint yet; the first comes after save_every steps of its recipe.");
        Console.Error.WriteLine($"{Plain.Name(run)} is a training run; its newest checkpoint {Plain.Name(checkpoint)} is used");
        return checkpoint;
    }
}
