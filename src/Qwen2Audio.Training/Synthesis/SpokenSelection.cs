using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>The manifests of a recipe whose recordings are to be spoken.</summary>
/// <param name="Manifests">Manifests and shards.</param>
/// <param name="Split">The split to train on.</param>
/// <param name="MaxSkippedPercent">Maximum percentage of unusable rows.</param>
internal sealed record SpokenData(IReadOnlyList<string> Manifests, string Split, double MaxSkippedPercent);

/// <summary>Which recordings are spoken, in which voices, with their alignments.</summary>
internal sealed class SpokenSelection
{
    private readonly Dictionary<(string, double?), AlignedClip> _alignments = [];

    private SpokenSelection(IReadOnlyList<Recording> drawn, IReadOnlyList<Recording> measured, IReadOnlyList<string> voices, IReadOnlyList<ClipFailure> skipped) =>
        (Drawn, All, Voices, Skipped) = (drawn, [.. drawn, .. measured], voices, skipped);

    /// <summary>Training recordings.</summary>
    public IReadOnlyList<Recording> Drawn { get; }

    /// <summary>Training recordings, then those to measure.</summary>
    public IReadOnlyList<Recording> All { get; }

    /// <summary>Names of the voices: those of the recipe, or the speakers of the training recordings and, where the speaker is unknown, the datasets.</summary>
    public IReadOnlyList<string> Voices { get; }

    /// <summary>Rows that could not be read.</summary>
    public IReadOnlyList<ClipFailure> Skipped { get; }

    /// <summary>Reads the manifests and alignments.</summary>
    public static SpokenSelection Of(SpeakRecipe recipe, SpokenData data, string path)
    {
        var list = RecordingList.Read(data.Manifests, data.Split);
        List<Recording> drawn = [.. list.Recordings.Where(recording => recipe.Draws.GetValueOrDefault(recording.Row.Dataset) > 0)];
        CheckDraws(recipe, path, drawn);
        List<string> known = [.. drawn.Select(recording => NameOf(recording.Row)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (recipe.Voices.Except(known, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw new RecipeException($"{path}: speak.voices: no recording that is drawn is of {unknown} (allowed: {string.Join(", ", known)}).");
        IReadOnlyList<string> voices = recipe.Voices.Length > 0 ? [.. recipe.Voices.Distinct(StringComparer.Ordinal)] : known;
        var selection = new SpokenSelection(drawn, [.. ToMeasure(list, recipe, voices)], voices, [.. list.Skipped.Where(row => recipe.Draws.GetValueOrDefault(row.Row.Dataset) > 0)]);
        foreach (var clip in recipe.Alignments.SelectMany(file => AlignedClip.Read(file, failed: true)))
            if (clip.Error is null || !selection._alignments.ContainsKey((clip.Path, clip.Offset))) selection._alignments[(clip.Path, clip.Offset)] = clip;
        return selection;
    }

    /// <summary>The voice of a row; the number of voices, which is the unknown one, if it is none of them.</summary>
    public int VoiceOf(ManifestRow row)
    {
        var name = NameOf(row);
        for (var i = 0; i < Voices.Count; i++)
            if (Voices[i] == name) return i;
        return Voices.Count;
    }

    /// <summary>The alignment of a recording; null, with the reason, if there is none that fits.</summary>
    public AlignedClip? Aligned(Recording recording, out string reason)
    {
        reason = $"{recording.Row.Path}: there is no alignment; allowed: a recording in speak.alignments.";
        if (!_alignments.TryGetValue((recording.Row.Path, recording.Row.Offset), out var aligned)) return null;
        if (aligned.Error is { } error) reason = $"{recording.Row.Path}: it could not be aligned: {error}";
        if (aligned.Words.Count == 0) return null;
        reason = $"{recording.Row.Path}: the alignment is of another text; align it again.";
        return aligned.Text == recording.Row.Text ? aligned : null;
    }

    /// <exception cref="RecipeException">A dataset to be drawn has none of the recordings.</exception>
    public static void CheckDraws(SpeakRecipe recipe, string path, IReadOnlyList<Recording> recordings)
    {
        var known = recordings.Select(recording => recording.Row.Dataset).ToHashSet(StringComparer.Ordinal);
        List<string> problems = [.. recipe.Draws.Where(draw => draw.Value > 0 && !known.Contains(draw.Key)).Select(draw => $"speak.draws.{draw.Key}: no recording that can be used is of this dataset")];
        if (problems.Count > 0) throw new RecipeException($"{path}: {string.Join("; ", problems)} (allowed: {string.Join(", ", known.Order(StringComparer.Ordinal))}).");
    }

    /// <summary>Whether the speaker of a row is known.</summary>
    public static bool HasSpeaker(ManifestRow row) => row.Speaker is not ("" or "unknown");

    private static string NameOf(ManifestRow row) => HasSpeaker(row) ? row.Speaker : row.Dataset;

    private static IEnumerable<Recording> ToMeasure(RecordingList list, SpeakRecipe recipe, IReadOnlyList<string> voices) => list.Validation
        .Where(recording => voices.Contains(NameOf(recording.Row), StringComparer.Ordinal)).GroupBy(recording => recording.Row.Dataset, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
        .SelectMany(group =>
        {
            var (rows, taken) = (group.ToList(), Math.Min(group.Count(), recipe.ValidationClips));
            return Enumerable.Range(0, taken).Select(i => rows[(int)((long)i * rows.Count / taken)]);
        });
}
