using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech;

/// <summary>The conditions of a speech run: recipe, clips with their texts and audio, text units, feature scale, pronunciations.</summary>
internal static class SpeechConditions
{
    /// <summary>The conditions of a recipe and its corpus.</summary>
    public static RunConditions Of(SpeechRecipe recipe, SpeechCorpus corpus)
    {
        var data = recipe.Data;
        var result = RunConditions.Of(recipe with
        {
            Checkpoints = recipe.Checkpoints.AffectingWeights(),
            Speak = recipe.Speak is { } speak ? speak with { Alignments = [], Codec = "" } : null,
            // compares the files' content, not their location
            Data = data with { Manifests = [], Dictionaries = [], Synthetic = data.Synthetic is null ? null : data.Synthetic with { Folder = "" } },
        });
        if (recipe.Speak is { SpeakerEmbedding: true } embedded) result.Add("speak.embedded_voices", $"{embedded.EmbeddedVoices}");
        Add(result, corpus);
        return result;
    }

    private static void Add(RunConditions result, SpeechCorpus corpus)
    {
        var clips = corpus.Clips;
        var datasets = clips.GroupBy(clip => clip.Row.Dataset, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key} {group.Count()}");
        result.Add("corpus.clips", $"{clips.Count} clips ({string.Join(", ", datasets)}), " + ContentHash.OfLines(clips.Select(clip =>
            $"{Path.GetFileName(clip.Row.Path)}\t{clip.Row.Dataset}\t{clip.Row.Speaker}\t{clip.Text}")));
        result.Add("corpus.sounds", $"{clips.Sum(clip => (long)clip.Frames)} frames, " + ContentHash.Of(sum => Sounds(clips, sum)));
        result.Add("corpus.pronunciations", $"{clips.Count(clip => clip.Phones is not null)} clips with phones, "
            + ContentHash.OfLines(clips.Select(clip => clip.Phones is null ? "-" : string.Join(' ', clip.Phones))));
        result.Add("corpus.feature_scale", ContentHash.Of(sum =>
        {
            sum.AppendData(MemoryMarshal.AsBytes(corpus.Scale.Mean.AsSpan()));
            sum.AppendData(MemoryMarshal.AsBytes(corpus.Scale.Deviation.AsSpan()));
        }));
        result.Add("corpus.tokenizer", $"{corpus.Tokenizer.Size} tokens, " + ContentHash.OfLines(TokenizerFiles.Texts(corpus.Tokenizer)
            .OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => file.Value)));
    }

    private static void Sounds(IReadOnlyList<ClipFeatures> clips, IncrementalHash sum)
    {
        foreach (var clip in clips)
        {
            sum.AppendData(BitConverter.GetBytes(clip.Floor));
            sum.AppendData(MemoryMarshal.AsBytes(clip.Values));
        }
    }
}
