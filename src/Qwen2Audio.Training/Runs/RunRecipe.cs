using System.Text.Json;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// The recipe of a run. The run's folder keeps it, so that the run can be resumed from its folder alone: <c>recipe.yaml</c> unchanged, and
/// <c>recipe.json</c> with the command that reads it and the original path, to which relative paths refer.
/// </summary>
/// <param name="Command">The command that reads it.</param>
/// <param name="Path">Its original path.</param>
/// <param name="Text">Its text.</param>
public sealed record RunRecipe(string Command, string Path, string Text)
{
    internal const string TextFile = "recipe.yaml";
    internal const string OriginFile = "recipe.json";

    /// <summary>The run's folder, beside which the runs of the other stages are; null without a run.</summary>
    public string? Run { get; init; }

    /// <summary>Reads a recipe for a command.</summary>
    /// <exception cref="RecipeException">The file cannot be read.</exception>
    public static RunRecipe Open(string command, string path) => new(command, path, RecipeReader.ReadText(path));

    /// <summary>The recipe kept in a run's folder.</summary>
    /// <exception cref="RunException">The folder is not a run, or its recipe is missing or unreadable.</exception>
    public static RunRecipe Of(string run)
    {
        var (text, origin) = (System.IO.Path.Combine(run, TextFile), System.IO.Path.Combine(run, OriginFile));
        if (!File.Exists(text) || !File.Exists(origin))
        {
            throw new RunException(RunCheckpoints.IsRun(run)
                ? $"{run} has no recipe ({TextFile} and {OriginFile}): it was started by an earlier version. Pass its recipe and --run {run}."
                : $"{run} is not a training run.");
        }

        try
        {
            var known = ConfigObject.Read(origin, json => new Origin(NotEmpty(json, nameof(Origin.Command)), NotEmpty(json, nameof(Origin.Path))));
            return new RunRecipe(known.Command, known.Path, PlainFile.ReadAllText(text));
        }
        catch (ConfigException exception)
        {
            throw new RunException(exception.Message, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{text}: {PlainFile.Reason(exception, text)}", exception);
        }
    }

    private static string NotEmpty(ConfigObject json, string name)
    {
        var text = json.String(name);
        if (json.Has(name) && text.Length == 0) json.AddProblem(name, "\"\"", "a text");
        return text;
    }

    /// <summary>Writes it to a run's folder.</summary>
    internal void Write(string run)
    {
        AtomicFile.Write(System.IO.Path.Combine(run, TextFile), Encoding.UTF8.GetBytes(Text));
        AtomicFile.Write(System.IO.Path.Combine(run, OriginFile), JsonSerializer.SerializeToUtf8Bytes(new Origin(Command, System.IO.Path.GetFullPath(Path))));
    }

    private sealed record Origin(string Command, string Path);
}
