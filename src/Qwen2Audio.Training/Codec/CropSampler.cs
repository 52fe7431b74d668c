using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Codec;

/// <summary>
/// Draws the crops of a step as a pure function of seed and step: dataset by weight, recording by length, offset, gain, and number
/// of codebooks. Recordings shorter than a crop are joined.
/// </summary>
internal sealed class CropSampler
{
    private readonly CodecRecipe _recipe;
    private readonly List<(CodecClip[] Clips, double[] Ends, double Share)> _sets = [];

    public CropSampler(CodecRecipe recipe, IReadOnlyList<CodecClip> clips)
    {
        _recipe = recipe;
        Samples = CodecRecipeRules.CropSamples(recipe);
        var sum = 0.0;
        foreach (var group in clips.GroupBy(clip => clip.Row.Dataset, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            if (recipe.Data.Draws.GetValueOrDefault(group.Key) is not (> 0 and var share)) continue;
            var all = group.ToArray();
            var (ends, end) = (new double[all.Length], 0.0);
            for (var i = 0; i < all.Length; i++) ends[i] = end += all[i].Samples.Length;
            _sets.Add((all, ends, sum += share));
        }
    }

    /// <summary>Number of samples of a crop.</summary>
    public int Samples { get; }

    /// <summary>Draws crop <paramref name="item"/> of a step: its samples, its recordings and its number of codebooks.</summary>
    /// <param name="step">From 0; negative for draws before the first step.</param>
    /// <param name="item">From 0.</param>
    /// <param name="target">As many samples as a crop has.</param>
    /// <param name="names">Receives the names of the recordings.</param>
    public int Draw(long step, int item, Span<float> target, List<string> names)
    {
        var data = _recipe.Data;
        var random = new CounterRandom((ulong)_recipe.Seed, unchecked((ulong)(step * data.Batch + item)));
        var set = Set(random.NextDouble());
        var gain = (float)Math.Pow(10, random.Uniform(data.LeastGain, data.MostGain) / 20);
        var quantiser = _recipe.Quantiser;
        var books = random.Chance(quantiser.DropoutShare) ? random.Between(1, _recipe.Model.Books) : _recipe.Model.Books;
        while (target.Length > 0)
        {
            var clip = Clip(set, random.NextDouble());
            var count = Math.Min(target.Length, clip.Samples.Length);
            clip.CopyTo(random.NextInt(clip.Samples.Length - count + 1), target[..count], gain);
            names.Add(clip.Row.Path);
            target = target[count..];
        }

        return books;
    }

    private (CodecClip[] Clips, double[] Ends, double Share) Set(double draw) => _sets.Find(set => draw * _sets[^1].Share < set.Share);

    private static CodecClip Clip((CodecClip[] Clips, double[] Ends, double Share) set, double draw)
    {
        var at = Array.BinarySearch(set.Ends, draw * set.Ends[^1]);
        return set.Clips[Math.Min(at < 0 ? ~at : at + 1, set.Clips.Length - 1)];
    }
}
