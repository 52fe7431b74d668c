using System.Text;
using System.Text.Json;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Evaluation;

/// <summary>Answers about clips in a JSON lines file. An interrupted run leaves complete lines, and a later one resumes from them.</summary>
internal sealed class AnswerFile
{
    private readonly string _path;
    private readonly Dictionary<(string Path, double? Offset), Queue<EvaluatedClip>> _known = [];

    private AnswerFile(string path) => _path = path;

    /// <summary>Number of an earlier run's answers that were not taken yet.</summary>
    public int Known => _known.Values.Sum(clips => clips.Count);

    /// <summary>Creates a file or resumes one: only clips without an answer are evaluated.</summary>
    /// <exception cref="ManifestException">The file has answers but is not to be resumed, belongs to another model or decoding, or is not a file of answers.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static AnswerFile Open(string path, bool resume, string model, string decoding)
    {
        PlainFile.Require(path);
        var file = new AnswerFile(path);
        var lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        if (lines.Length > 0 && !resume)
            throw new ManifestException(path, 0, null, "found answers of an earlier run; allowed: to resume it (--resume), or another file.");
        var kept = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            if (Read(path, i, lines) is not { Error: null } clip) continue;
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

    /// <summary>An earlier run's answer about a clip; null if there is none.</summary>
    public EvaluatedClip? Take(string path, double? offset) => _known.TryGetValue((path, offset), out var clips) && clips.TryDequeue(out var clip) ? clip : null;

    /// <summary>Appends a clip's line.</summary>
    public void Add(EvaluatedClip clip) => LineFile.Append(_path, clip.ToJson());

    // the last line may be incomplete
    private static EvaluatedClip? Read(string path, int number, string[] lines)
    {
        try
        {
            return EvaluatedClip.Parse(lines[number]);
        }
        catch (JsonException) when (number == lines.Length - 1)
        {
            return null;
        }
        catch (JsonException)
        {
            throw new ManifestException(path, number + 1, null, "found a line that is not an answer about a clip; allowed: a file written by evaluate --out.");
        }
    }
}
