using System.Text;
using System.Text.Json;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Evaluation;

/// <summary>The answers about each clip in a file of JSON lines, which an interrupted run leaves whole and another goes on with.</summary>
internal sealed class AnswerFile
{
    private readonly string _path;
    private readonly Dictionary<(string Path, double? Offset), Queue<EvaluatedClip>> _known = [];

    private AnswerFile(string path) => _path = path;

    /// <summary>Answers of an earlier run that were not asked for yet.</summary>
    public int Known => _known.Values.Sum(clips => clips.Count);

    /// <summary>Begins a file, or goes on with it: what had no answer is asked again.</summary>
    /// <exception cref="ManifestException">The file holds answers already and is not to be gone on with, or is of another model or another way to ask it, or is no file of answers.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static AnswerFile Open(string path, bool resume, string model, string decoding)
    {
        PlainFile.Require(path);
        var file = new AnswerFile(path);
        var lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        if (lines.Length > 0 && !resume)
            throw new ManifestException(path, 0, null, "found answers of an earlier run; allowed: to go on with them (--resume), or another file.");
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

    /// <summary>The answer that an earlier run got about a clip; null when there is none.</summary>
    public EvaluatedClip? Take(string path, double? offset) => _known.TryGetValue((path, offset), out var clips) && clips.TryDequeue(out var clip) ? clip : null;

    /// <summary>Adds a clip, as a whole.</summary>
    public void Add(EvaluatedClip clip) => LineFile.Append(_path, clip.ToJson());

    // the last line may be half of one
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
            throw new ManifestException(path, number + 1, null, "found no answer about a clip; allowed: a file that evaluate --out wrote.");
        }
    }
}
