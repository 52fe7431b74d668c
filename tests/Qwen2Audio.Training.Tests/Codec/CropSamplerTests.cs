using Qwen2Audio.Training.Codec;

namespace Qwen2Audio.Training.Tests.Codec;

/// <summary>Crops follow from seed, step and item; datasets come by their shares in the phase.</summary>
public sealed class CropSamplerTests : TestInFolder
{
    private readonly CodecRecipe _recipe;
    private readonly CodecCorpus _corpus;

    public CropSamplerTests()
    {
        TinyCodec.WriteRecordings(Folder);
        _recipe = TinyCodec.Recipe(Folder, TinyCodec.Plain.Replace("steps: 7", "steps: 500", StringComparison.Ordinal));
        _corpus = TinyCodec.Corpus(Folder, _recipe);
    }

    [Fact]
    public void A_crop_depends_on_its_place_alone()
    {
        CropSampler sampler = new(_recipe, _corpus.Train), other = new(_recipe, _corpus.Train);
        Assert.Equal(1600, sampler.Samples);
        var (first, second) = (new float[1600], new float[1600]);
        other.Draw(5, 3, second, []);
        sampler.Draw(9, 1, first, []);
        other.Draw(9, 1, second, []);
        Assert.Equal(first, second);
        other.Draw(9, 2, second, []);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void Shares_books_and_levels_are_those_of_the_recipe()
    {
        var sampler = new CropSampler(_recipe, _corpus.Train);
        var (tones, books, joined, crop) = (0, new int[4], 0, new float[1600]);
        const int Steps = 500;
        for (var step = 0; step < Steps; step++)
        {
            for (var item = 0; item < 4; item++)
            {
                var names = new List<string>();
                books[sampler.Draw(step, item, crop, names)]++;
                if (int.Parse(Path.GetFileNameWithoutExtension(names[0])) % 3 < 2) tones++;
                if (names.Count > 1) joined++;
                Assert.InRange(crop.Max(Math.Abs), 0.01f, 1.6f);
                Assert.DoesNotContain(crop[^10..], sample => !float.IsFinite(sample));
            }
        }

        Assert.InRange(tones / (4.0 * Steps), 0.62, 0.71); // two thirds
        Assert.Equal(0, books[0]);
        Assert.InRange(books[1] / (4.0 * Steps), 0.13, 0.21); // a sixth
        Assert.InRange(books[3] / (4.0 * Steps), 0.62, 0.72); // half, and a sixth
        Assert.InRange(joined, 100, 4 * Steps - 100);
    }

    [Fact]
    public void Each_phase_draws_from_its_own_datasets()
    {
        var text = TinyCodec.Adversarial.Replace("steps: 7,", "steps: 50,", StringComparison.Ordinal).Replace("steps: 4,", "steps: 50,", StringComparison.Ordinal);
        var first = text.IndexOf("tones: 2, noise: 1", StringComparison.Ordinal);
        var recipe = TinyCodec.Recipe(Folder, text[..first] + "tones: 1" + text[(first + 18)..].Replace("tones: 2, noise: 1", "noise: 1", StringComparison.Ordinal));
        var sampler = new CropSampler(recipe, TinyCodec.Corpus(Folder, recipe).Train);
        for (var step = 0; step < 100; step++)
        {
            var names = new List<string>();
            sampler.Draw(step, 0, new float[1600], names);
            Assert.All(names, name => Assert.Equal(step < 50, int.Parse(Path.GetFileNameWithoutExtension(name)) % 3 < 2));
        }
    }
}
