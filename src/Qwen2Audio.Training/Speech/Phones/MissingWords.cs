using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Text;

namespace Qwen2Audio.Training.Speech.Phones;

/// <summary>The spoken words of clips that no dictionary has.</summary>
/// <param name="Words">The words, sorted.</param>
/// <param name="Clips">Clips that contain one.</param>
/// <param name="AllClips">All clips with words.</param>
internal sealed record MissingWords(IReadOnlyList<string> Words, int Clips, int AllClips)
{
    /// <summary>Looks the words of all rows up, except labels of sounds and texts that cannot be learned.</summary>
    public static MissingWords Of(Pronunciations pronunciations, SpeechDatasets datasets, IEnumerable<ManifestRow> rows)
    {
        var words = new SortedSet<string>(StringComparer.Ordinal);
        var (clips, all) = (0, 0);
        foreach (var row in rows)
        {
            if (datasets[row.Dataset].Kind == DatasetKind.Sounds || !TranscriptText.TryNormalise(row.Text, out var text, out _) || text.Length == 0) continue;
            string[] missing = [.. text.Split(' ').Where(word => !pronunciations.Has(word))];
            words.UnionWith(missing);
            clips += missing.Length > 0 ? 1 : 0;
            all++;
        }

        return new MissingWords([.. words], clips, all);
    }

    /// <summary>What it means for training; null when no word is missing.</summary>
    public string? Warning(bool letterToSound)
    {
        if (Words.Count == 0) return null;
        var missing = $"{Words.Count} {(Words.Count == 1 ? "word is" : "words are")} in no dictionary ({string.Join(", ", Words.Take(3))}{(Words.Count > 3 ? ", …" : "")})";
        var clips = $"{Clips} of {AllClips} clips";
        return letterToSound ? $"{missing}; the phones of {clips} come partly from letter-to-sound"
            : $"{missing}; {clips} train without the phone loss (data.letter_to_sound: true pronounces such words)";
    }
}
