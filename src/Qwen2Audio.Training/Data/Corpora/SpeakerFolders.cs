using System.Text.RegularExpressions;

namespace Qwen2Audio.Training.Data.Corpora;

/// <summary>Layouts whose paths name the speaker: LibriSpeech, LJ Speech, VCTK, and audio files beside text files.</summary>
internal static partial class SpeakerFolders
{
    /// <summary>SPEAKER/CHAPTER/SPEAKER-CHAPTER.trans.txt with lines <c>SPEAKER-CHAPTER-NUMBER TEXT</c>, in folders such as train-clean-5 and dev-clean.</summary>
    public static void ReadLibriSpeech(CorpusFiles files)
    {
        foreach (var list in files.Named(".trans.txt"))
        {
            foreach (var (number, line) in CorpusFiles.Lines(list))
            {
                var (id, text) = ToolkitLists.Split(line);
                var path = Path.Combine(Path.GetDirectoryName(list)!, id);
                files.Add(new CorpusClip(CorpusFiles.Audio(path) ?? path + ".flac", text, id.Split('-')[0], files.SplitOf(list), list, number));
            }
        }
    }

    /// <summary>metadata.csv with lines <c>ID|text|normalised text</c>. One voice, so whole chapters (LJ001) are kept in one split.</summary>
    public static void ReadLjSpeech(CorpusFiles files)
    {
        foreach (var list in files.Named("/metadata.csv"))
        {
            foreach (var (number, line) in CorpusFiles.Lines(list))
            {
                var cells = line.Split('|');
                var path = Path.Combine(Path.GetDirectoryName(list)!, "wavs", cells[0]);
                if (cells.Length is not (2 or 3)) files.Skip(list, number, $"{cells.Length} columns separated by |; allowed: 2 or 3");
                else files.Add(new CorpusClip(CorpusFiles.Audio(path) ?? path + ".wav", cells[^1], "lj", "train", list, number) { Group = cells[0].Split('-')[0] });
            }
        }
    }

    /// <summary>The transcripts of VCTK.</summary>
    public static IEnumerable<string> VctkTexts(CorpusFiles files) => files.All.Where(path => VctkText().IsMatch(path));

    /// <summary>txt/p225/p225_001.txt, with wav48/p225/p225_001.wav or (version 0.92) wav48_silence_trimmed/p225/p225_001_mic1.flac.</summary>
    public static void ReadVctk(CorpusFiles files)
    {
        foreach (var list in VctkTexts(files))
        {
            var speaker = Path.GetFileName(Path.GetDirectoryName(list)!);
            var root = Path.GetFullPath(Path.Combine(list, "..", "..", ".."));
            var name = Path.GetFileNameWithoutExtension(list);
            var plain = Path.Combine(root, "wav48", speaker, name);
            var trimmed = Path.Combine(root, "wav48_silence_trimmed", speaker, name);
            var path = CorpusFiles.Audio(plain) ?? CorpusFiles.Audio(trimmed + "_mic1") ?? plain + ".wav";
            files.Add(new CorpusClip(path, WholeText(list), speaker, "train", list, 1));
            if (CorpusFiles.Audio(trimmed + "_mic2") is { } second) files.Skip(second, 0, "the same sentence by the second microphone; the first one is used");
        }
    }

    /// <summary>Audio files that have a text file of the same name.</summary>
    public static IEnumerable<string> Pairs(CorpusFiles files) => files.All.Where(path => CorpusFiles.IsAudio(path) && File.Exists(Path.ChangeExtension(path, ".txt")));

    /// <summary>NAME.wav with NAME.txt. Folders named train, val (dev, valid) and test are splits; another folder is a speaker.</summary>
    public static void ReadPairs(CorpusFiles files)
    {
        foreach (var path in Pairs(files))
        {
            var list = Path.ChangeExtension(path, ".txt");
            var parts = Path.GetRelativePath(files.Folder, Path.GetDirectoryName(path)!).Split(Path.DirectorySeparatorChar);
            var split = Array.Find(parts, part => CorpusFiles.SplitNamed(part) is not null);
            var speaker = parts.LastOrDefault(part => part != split && part != ".") ?? "";
            files.Add(new CorpusClip(path, WholeText(list), speaker, files.SplitOf(list), list, 1) { Group = speaker.Length > 0 ? speaker : path });
        }
    }

    private static string WholeText(string path) => string.Join(' ', CorpusFiles.Lines(path).Select(line => line.Text));

    [GeneratedRegex(@"/txt/(p|s)\d+/(p|s)\d+_\d+\.txt$")]
    private static partial Regex VctkText();
}
