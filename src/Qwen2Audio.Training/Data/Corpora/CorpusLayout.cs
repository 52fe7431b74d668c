using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Training.Data.Corpora;

/// <summary>How a corpus, as its publisher distributes it, arranges recordings and transcripts.</summary>
/// <param name="Name">The name for users.</param>
/// <param name="Files">The files that it is recognised by, for messages.</param>
/// <param name="Fits">Whether a folder has these files.</param>
/// <param name="Read">Adds its recordings.</param>
internal sealed record CorpusLayout(string Name, string Files, Func<CorpusFiles, bool> Fits, Action<CorpusFiles> Read)
{
    /// <summary>All layouts. The last one is tried only if no other fits.</summary>
    public static IReadOnlyList<CorpusLayout> All { get; } =
    [
        new("librispeech", "*.trans.txt beside the audio files", files => files.Named(".trans.txt").Count > 0, SpeakerFolders.ReadLibriSpeech),
        new("ljspeech", "metadata.csv and wavs/", files => files.Named("/metadata.csv").Count > 0, SpeakerFolders.ReadLjSpeech),
        new("common-voice", "validated.tsv (or train.tsv, dev.tsv, test.tsv) and clips/", CommonVoice.Fits, CommonVoice.Read),
        new("vctk", "txt/SPEAKER/*.txt and wav48/ or wav48_silence_trimmed/", files => SpeakerFolders.VctkTexts(files).Any(), SpeakerFolders.ReadVctk),
        new("kaldi", "wav.scp, text and utt2spk (speechocean762)", files => files.Named("/wav.scp").Count > 0, ToolkitLists.ReadKaldi),
        new("sphinx", "*.fileids and *.transcription (AN4)", files => files.Named(".transcription").Count > 0, ToolkitLists.ReadSphinx),
        new("pairs", "audio files with a .txt file of the same name", files => SpeakerFolders.Pairs(files).Any(), SpeakerFolders.ReadPairs),
    ];

    /// <summary>The layout of that name, or the one that fits.</summary>
    /// <exception cref="ManifestException">None fits, or several do.</exception>
    public static CorpusLayout Of(CorpusFiles files, string? name)
    {
        if (name is not null)
        {
            var named = All.FirstOrDefault(layout => layout.Name == name)
                ?? throw new ManifestException(files.Folder, 0, null, $"there is no layout {name}; allowed: {string.Join(", ", All.Select(layout => layout.Name))}{NameSuggestion.Hint(name, All.Select(layout => layout.Name))}.");
            return named.Fits(files) ? named : throw new ManifestException(files.Folder, 0, null, $"the folder does not have the layout {name}, which needs {named.Files}.");
        }

        List<CorpusLayout> fitting = [.. All.SkipLast(1).Where(layout => layout.Fits(files))];
        if (fitting.Count == 0 && All[^1].Fits(files)) fitting.Add(All[^1]);
        return fitting.Count switch
        {
            1 => fitting[0],
            0 => throw new ManifestException(files.Folder, 0, null,
                $"the folder has no known layout; allowed: {string.Join("; ", All.Select(layout => $"{layout.Name}: {layout.Files}"))}."),
            _ => throw new ManifestException(files.Folder, 0, null,
                $"the folder fits several layouts: {string.Join(", ", fitting.Select(layout => layout.Name))}; name one, or a folder below it."),
        };
    }
}
