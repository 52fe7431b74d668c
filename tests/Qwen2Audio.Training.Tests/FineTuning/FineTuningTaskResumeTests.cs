using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Training.Tests.Data;
using Qwen2Audio.Training.Tests.Distributed;

namespace Qwen2Audio.Training.Tests.FineTuning;

/// <summary>A resumed fine-tuning run ends with the same bits; several ranks end with the same weights.</summary>
public sealed class FineTuningTaskResumeTests : IDisposable
{
    private readonly TinyBase _files = new();

    public static TheoryData<string> Names => TuningRecipes.Names;

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Stopping_after_any_step_changes_no_bit(string name)
    {
        var yaml = TuningRecipes.Of(_files, name);
        var steps = 0;
        var whole = TuningRun.Of(_files, yaml, "whole", report: _ => steps++);
        Assert.Equal(6, steps);
        for (var stop = 1; stop < steps; stop++)
        {
            TuningRun.Of(_files, yaml, $"pieces-{stop}", stop);
            var pieces = TuningRun.Of(_files, yaml, $"pieces-{stop}", threads: 1);
            Assert.Equal(TuningRun.State(whole), TuningRun.State(pieces));
            foreach (var file in Directory.GetFiles(whole)) Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(pieces, Path.GetFileName(file))));
        }
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    [InlineData("audio")]
    [InlineData("preferences")]
    public void Two_ranks_give_the_weights_of_one(string name)
    {
        var yaml = TuningRecipes.Of(_files, name);
        var one = TuningRun.Of(_files, yaml, "one", threads: 1);
        var two = "";
        ThreadRanks.Run(2, ranks =>
        {
            var made = TuningRun.Of(_files, yaml, "two", threads: 1, ranks: ranks);
            if (ranks.Rank == 0) two = made;
        });
        using var expected = SafetensorsFile.Open(Path.Combine(one, "training", "state.safetensors"));
        using var found = SafetensorsFile.Open(Path.Combine(two, "training", "state.safetensors"));
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), found.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var block in expected.Tensors.Keys)
        {
            var (mine, theirs) = (expected.ReadFloats(block), found.ReadFloats(block));
            var difference = mine.Zip(theirs, (a, b) => Math.Pow(a - b, 2)).Sum();
            Assert.InRange(Math.Sqrt(difference / mine.Sum(value => Math.Pow(value, 2))), 0, 1e-5);
        }
    }

    [Fact]
    public void Other_noise_does_not_go_on_in_the_same_folder()
    {
        var noise = Directory.CreateDirectory(_files.Path("noise")).FullName;
        TestAudio.WriteWave(noise, "hum.wav", 1, 100);
        var yaml = TuningRecipes.Of(_files, "audio").Replace("gain: 0.5", "gain: 0.5, noise: 0.5, noise_sources: [noise]", StringComparison.Ordinal);
        TuningRun.Of(_files, yaml, "run", 2);
        Directory.Move(noise, _files.Path("elsewhere"));
        var moved = yaml.Replace("[noise]", "[elsewhere]", StringComparison.Ordinal);
        TuningRun.Of(_files, moved, "run", 3); // what lies in the files is compared, not where they lie
        TestAudio.WriteWave(_files.Path("elsewhere"), "hum.wav", 1, 110);
        Assert.Contains("noise: 1 files", Assert.Throws<Qwen2Audio.Training.Runs.RunException>(() => TuningRun.Of(_files, moved, "run")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_recipe_base_or_data_does_not_go_on_in_the_same_folder()
    {
        var yaml = TuningRecipes.Of(_files, "dense");
        TuningRun.Of(_files, yaml, "run", 2);
        Refused(yaml.Replace("weight_decay: 0.1", "weight_decay: 0.2", StringComparison.Ordinal), "optimizer.weight_decay: 0.2, the run has 0.1");
        Refused(yaml.Replace("steps: 6", "steps: 7", StringComparison.Ordinal), "total_steps: 7, the run has 6");
        File.AppendAllText(_files.Path("talk.jsonl"), """{"prompt": "more?", "completion": "No."}""");
        Refused(yaml, "samples: 5 samples");
        _files.WriteTalk("talk.jsonl");
        var weights = Path.Combine(_files.Model("dense"), "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[AfterBeginning(weights, "model.embed_tokens.weight")] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Refused(yaml, "base: ");

        void Refused(string recipe, string message) =>
            Assert.Contains(message, Assert.Throws<Qwen2Audio.Training.Runs.RunException>(() => TuningRun.Of(_files, recipe, "run")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_base_with_a_number_that_is_not_finite_is_refused_before_the_first_step()
    {
        var weights = Path.Combine(_files.Model("dense"), "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        BitConverter.GetBytes(float.NaN).CopyTo(bytes, AfterBeginning(weights, "model.embed_tokens.weight"));
        File.WriteAllBytes(weights, bytes);
        var error = Assert.Throws<Formats.CheckpointException>(() => TuningRun.Of(_files, TuningRecipes.Of(_files, "dense"), "run"));
        Assert.Contains("model.embed_tokens.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("number 2000", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_files.Path("run")));
    }

    // the place in a file of number 2000 of a float32 tensor
    private static int AfterBeginning(string file, string tensor)
    {
        var bytes = File.ReadAllBytes(file);
        var header = (int)BitConverter.ToInt64(bytes);
        using var json = System.Text.Json.JsonDocument.Parse(bytes.AsMemory(8, header));
        return 8 + header + json.RootElement.GetProperty(tensor).GetProperty("data_offsets")[0].GetInt32() + 4 * 2000;
    }
}
