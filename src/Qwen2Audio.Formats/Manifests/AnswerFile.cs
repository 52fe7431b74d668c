using System.Text.Json;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Manifests;

/// <summary>The answer for a clip; one JSON line of an <see cref="AnswerFile{T}"/>.</summary>
public interface IClipAnswer
{
    /// <summary>The audio file.</summary>
    string Path { get; }

    /// <summary>Start of the clip within its file, in seconds; null: the whole file.</summary>
    double? Offset { get; }

    /// <summary>Why there is no answer; null if there is one.</summary>
    string? Error { get; }

    /// <summary>The model that answered.</summary>
    string Model { get; }

    /// <summary>Its settings.</summary>
    string Decoding { get; }

    /// <summary>One line of JSON.</summary>
    string ToJson();
}

/// <summary>Answers for clips in a JSON lines file. An interrupted run leaves complete lines, and a later one resumes from them.</summary>
public sealed class AnswerFile<T>
    where T : class, IClipAnswer
{
    private readonly string _path;
    private readonly Dictionary<(string Path, double? Offset), Queue<T>> _known = [];

    private AnswerFile(string path) => _path = path;

    /// <summary>Creates a file or resumes one: only clips without an answer are evaluated.</summary>
    /// <param name="path">The file.</param>
    /// <param name="resume">Whether it may have answers.</param>
    /// <param name="model">The model that answers.</param>
    /// <param name="decoding">Its settings.</param>
    /// <param name="parse">Reads a line; throws <see cref="JsonException"/>.</param>
    /// <exception cref="ManifestException">The file has answers but is not to be resumed, belongs to another model or decoding, or is not a file of answers.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static AnswerFile<T> Open(string path, bool resume, string model, string decoding, Func<string, T> parse)
    {
        PlainFile.Require(path);
        var file = new AnswerFile<T>(path);
        var lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        if (lines.Length > 0 && !resume)
            throw new ManifestException(path, 0, null, "found a file that is not empty; allowed: to resume the answers of an earlier run (--resume), or another file.");
        var kept = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            if (Read(path, i, lines, parse) is not { Error: null } clip) continue;
            if (clip.Model != model || clip.Decoding != decoding)
            {
                throw new ManifestException(path, i + 1, "model",
                    $"found answers of {clip.Model} ({clip.Decoding}); allowed: those of {model} ({decoding}), or another file.");
            }

            if (!file._known.TryGetValue((clip.Path, clip.Offset), out var clips)) file._known[(clip.Path, clip.Offset)] = clips = [];
            clips.Enqueue(clip);
            kept.Append(lines[i]).Append('\n');
        }

        AtomicFile.Write(path, Encoding.UTF8.GetBytes(kept.ToString()));
        return file;
    }

    /// <summary>An earlier run's answer for a clip; null if there is none.</summary>
    public T? Take(string path, double? offset) => _known.TryGetValue((path, offset), out var clips) && clips.TryDequeue(out var clip) ? clip : null;

    /// <summary>Appends a clip's line.</summary>
    public void Add(T clip) => LineFile.Append(_path, clip.ToJson());

    // the last line may be incomplete
    private static T? Read(string path, int number, string[] lines, Func<string, T> parse)
    {
        try
        {
            return parse(lines[number]);
        }
        catch (JsonException) when (number == lines.Length - 1)
        {
            return null;
        }
        catch (JsonException)
        {
            throw new ManifestException(path, number + 1, null, "found a line that is not an answer for a clip; allowed: a file that --out of the same command wrote.");
        }
    }
}
