using System.Text.RegularExpressions;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Training.Data.Corpora;

/// <summary>Layouts of toolkits: Kaldi's wav.scp, text and utt2spk, and CMU Sphinx's fileids and transcription.</summary>
internal static partial class ToolkitLists
{
    /// <summary>Folders with wav.scp (<c>ID PATH</c>), text (<c>ID TEXT</c>) and utt2spk (<c>ID SPEAKER</c>); paths start from that folder or one above it.</summary>
    /// <exception cref="ManifestException">A list is missing, or the recordings are divided by a segments file.</exception>
    public static void ReadKaldi(CorpusFiles files)
    {
        foreach (var scp in files.Named("/wav.scp"))
        {
            var folder = Path.GetDirectoryName(scp)!;
            if (File.Exists(Path.Combine(folder, "segments")))
                throw new ManifestException(Path.Combine(folder, "segments"), 0, null, "the recordings are divided into segments, which is not supported; allowed: one recording per utterance.");
            var texts = Pairs("text");
            var speakers = Pairs("utt2spk").ToDictionary(pair => pair.Key, pair => pair.Value.Value, StringComparer.Ordinal);
            foreach (var (number, line) in CorpusFiles.Lines(scp))
            {
                var (id, path) = Split(line);
                if (path.EndsWith('|')) files.Skip(scp, number, $"{id} is the output of a command; allowed: a path");
                else if (!texts.TryGetValue(id, out var text)) files.Skip(scp, number, $"{id} has no transcript in {Path.Combine(folder, "text")}");
                else if (!speakers.TryGetValue(id, out var speaker)) files.Skip(scp, number, $"{id} has no speaker in {Path.Combine(folder, "utt2spk")}");
                else files.Add(new CorpusClip(Find(path, folder, files.Folder), text.Value, speaker, files.SplitOf(folder), scp, number));
            }

            Dictionary<string, (string Value, int Line)> Pairs(string name)
            {
                var pairs = new Dictionary<string, (string, int)>(StringComparer.Ordinal);
                foreach (var (number, line) in CorpusFiles.Lines(Path.Combine(folder, name)))
                {
                    var (id, value) = Split(line);
                    if (!pairs.TryAdd(id, (value, number)))
                        throw new ManifestException(Path.Combine(folder, name), number, null, $"{id} is already in line {pairs[id].Item2}.");
                }

                return pairs;
            }
        }
    }

    /// <summary>NAME.fileids with paths without ending, and NAME.transcription with lines <c>&lt;s&gt; TEXT &lt;/s&gt; (ID)</c> in the same order.</summary>
    /// <exception cref="ManifestException">A list is missing.</exception>
    public static void ReadSphinx(CorpusFiles files)
    {
        foreach (var list in files.Named(".transcription"))
        {
            var folder = Path.GetDirectoryName(list)!;
            var ids = Path.ChangeExtension(list, ".fileids");
            var paths = CorpusFiles.Lines(ids).Select(line => line.Text.Trim()).DistinctBy(Path.GetFileName).ToDictionary(line => Path.GetFileName(line)!, StringComparer.Ordinal);
            var split = Path.GetFileNameWithoutExtension(list).Split('_').Select(CorpusFiles.SplitNamed).FirstOrDefault(named => named is not null) ?? Splits.Train;
            foreach (var (number, line) in CorpusFiles.Lines(list))
            {
                if (Transcription().Match(line) is not { Success: true } match) files.Skip(list, number, "no (ID) at the end");
                else if (!paths.TryGetValue(match.Groups["id"].Value, out var path)) files.Skip(list, number, $"{match.Groups["id"].Value} is not in {ids}");
                else
                {
                    var text = match.Groups["text"].Value.Replace("<s>", "", StringComparison.Ordinal).Replace("</s>", "", StringComparison.Ordinal);
                    var speaker = Path.GetFileName(Path.GetDirectoryName(path)) ?? "";
                    files.Add(new CorpusClip(FindAudio(path, folder, files.Folder), text, speaker, split, list, number));
                }
            }
        }
    }

    /// <summary>The first word of a line and the rest.</summary>
    public static (string Id, string Text) Split(string line)
    {
        var parts = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (parts[0], parts.Length > 1 ? parts[1] : "");
    }

    private static string Find(string path, string folder, string root) =>
        Bases(folder, root).Select(start => Path.GetFullPath(path, start)).FirstOrDefault(File.Exists) ?? Path.GetFullPath(path, folder);

    private static string FindAudio(string path, string folder, string root) => Bases(folder, root)
        .SelectMany(start => new[] { start, Path.Combine(start, "wav") }).Select(start => CorpusFiles.Audio(Path.GetFullPath(path, start))).FirstOrDefault(found => found is not null)
        ?? Path.GetFullPath(path, folder);

    /// <summary>A folder and those above it, up to the corpus.</summary>
    private static IEnumerable<string> Bases(string folder, string root)
    {
        for (var at = folder; at.StartsWith(root, StringComparison.Ordinal); at = Path.GetDirectoryName(at) ?? "") yield return at;
    }

    [GeneratedRegex(@"^(?<text>.*?)\s*\((?<id>[^()]+)\)\s*$")]
    private static partial Regex Transcription();
}
