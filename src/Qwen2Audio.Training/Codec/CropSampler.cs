using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Codec;

/// <summary>
/// Draws the crops of a step as a pure function of seed and step: dataset by its weight in the phase, recording by length, offset, gain, and number
/// of codebooks. Recordings shorter than a crop are joined.
/// </summary>
internal sealed class CropSampler
{
    private readonly CodecRecipe _recipe;
    private readonly CropSource[] _sources; // of each phase

    public CropSampler(CodecRecipe recipe, IReadOnlyList<CodecClip> clips)
    {
        _recipe = recipe;
        Samples = CodecRecipeRules.CropSamples(recipe);
        _sources = [.. recipe.Phases.Select(phase => new CropSource(clips, phase.Draws))];
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
        var set = _sources[_recipe.PhaseOf(Math.Max(0, step)).Phase].Set(random.NextDouble());
        var gain = (float)Math.Pow(10, random.Uniform(data.LeastGain, data.MostGain) / 20);
        var quantiser = _recipe.Quantiser;
        var books = !random.Chance(quantiser.DropoutShare) ? _recipe.Model.Books
            : quantiser.DropoutBooks is { } some ? some[random.NextInt(some.Length)] : random.Between(1, _recipe.Model.Books);
        while (target.Length > 0)
        {
            var clip = set.Clip(random.NextDouble());
            var count = Math.Min(target.Length, clip.Samples.Length);
            clip.CopyTo(random.NextInt(clip.Samples.Length - count + 1), target[..count], gain);
            names.Add(clip.Row.Path);
            target = target[count..];
        }

        return books;
    }

    /// <summary>A rank's crops of a step; the names are those of all ranks.</summary>
    public CropBatch Draw(long step, IRanks ranks)
    {
        var (sounds, books, names) = (new List<float>(), new List<int>(), new List<string>());
        var crop = new float[Samples];
        for (var item = 0; item < _recipe.Data.Batch; item++)
        {
            var used = Draw(step, item, crop, names);
            if (item % ranks.Count != ranks.Rank) continue;
            sounds.AddRange(crop);
            books.Add(used);
        }

        return new CropBatch([.. sounds], [.. books], names);
    }
}
