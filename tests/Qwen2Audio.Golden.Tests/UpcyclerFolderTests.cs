using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Inference;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Training.Upcycling;

namespace Qwen2Audio.Golden.Tests;

/// <summary>What the upcycler writes for the sizes of fixtures/upcycling*: statements 4, 6, 7 and 8 of its README.</summary>
public sealed class UpcyclerFolderTests : TestInFolder
{
    private static readonly string[] Projections = ["gate_proj", "up_proj", "down_proj"];

    [Theory]
    [MemberData(nameof(UpcyclerReferenceTests.Cases), MemberType = typeof(UpcyclerReferenceTests))]
    public void Without_fresh_numbers_every_dense_neuron_is_there_often_enough(string folder, string name)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("upcycling"));
        var example = new Example(folder, name);
        using var dense = CheckpointFolder.Open(Fixtures.Locate(folder, "dense"));
        using var made = Make(folder, example, reinitialise: 0, seed: 7);
        for (var layer = 0; made.Tensors.ContainsKey($"model.layers.{layer}.mlp.gate.weight"); layer++)
        {
            var known = Neurons(dense, $"model.layers.{layer}.mlp", example.FfnWidth);
            var sources = new List<int>();
            for (var e = 0; e < example.Experts; e++)
                foreach (var neuron in Neurons(made, $"model.layers.{layer}.mlp.experts.{e}", example.ExpertWidth))
                    sources.Add(Array.FindIndex(known, other => other.AsSpan().SequenceEqual(neuron)));
            Assert.DoesNotContain(-1, sources);
            var uses = Enumerable.Range(0, example.FfnWidth).Select(neuron => sources.Count(source => source == neuron)).ToList();
            Assert.Equal(example.FfnWidth - example.Discarded, uses.Count(count => count == example.Copies));
            Assert.Equal(example.Discarded, uses.Count(count => count == example.Copies - 1));
            foreach (var copy in sources.Chunk(example.FfnWidth)) Assert.Equal(copy.Length, copy.Distinct().Count());
        }
    }

    [Theory]
    [MemberData(nameof(UpcyclerReferenceTests.Cases), MemberType = typeof(UpcyclerReferenceTests))]
    public void Half_of_each_expert_begins_anew_and_the_rest_of_the_model_keeps_its_bits(string folder, string name)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("upcycling"));
        var example = new Example(folder, name);
        var expected = UpcyclerReferenceTests.Expected(folder);
        using var dense = CheckpointFolder.Open(Fixtures.Locate(folder, "dense"));
        using var made = Make(folder, example, reinitialise: 0.5, seed: 7);
        foreach (var tensor in expected.GetProperty("unchanged_tensors").EnumerateArray().Select(item => item.GetString()!))
            Assert.Equal(dense.ReadBytes(tensor), made.ReadBytes(tensor));
        foreach (var tensor in expected.GetProperty("cases").GetProperty(name).GetProperty("tensors_of_layer_0").EnumerateObject())
            Assert.Equal(tensor.Value.EnumerateArray().Select(size => size.GetInt64()), made.Tensors[tensor.Name].Shape);

        var bounds = expected.GetProperty("cases").GetProperty(name).GetProperty("changed_share_bounds_at_50_percent");
        var known = Neurons(dense, "model.layers.0.mlp", example.FfnWidth);
        var fresh = new List<float>();
        for (var e = 0; e < example.Experts; e++)
        {
            var before = fresh.Count;
            foreach (var neuron in Neurons(made, $"model.layers.0.mlp.experts.{e}", example.ExpertWidth))
            {
                var source = known.MaxBy(other => neuron.Zip(other).Count(pair => pair.First == pair.Second))!;
                fresh.AddRange(neuron.Where((value, i) => value != source[i]));
            }

            Assert.InRange((fresh.Count - before) / ((double)known[0].Length * example.ExpertWidth), bounds[0].GetDouble(), bounds[1].GetDouble());
        }

        var spread = expected.GetProperty("initializer_range").GetDouble();
        Assert.All(fresh, value => Assert.True(float.IsFinite(value)));
        Assert.Equal(fresh.Count, fresh.Distinct().Count(), 0.01 * fresh.Count);
        Assert.InRange(fresh.Average(), -5 * spread / Math.Sqrt(fresh.Count), 5 * spread / Math.Sqrt(fresh.Count));
        Assert.InRange(Math.Sqrt(fresh.Average(value => (double)value * value)), 0.9 * spread, 1.1 * spread);
    }

    [Theory]
    [MemberData(nameof(UpcyclerReferenceTests.Cases), MemberType = typeof(UpcyclerReferenceTests))]
    public void The_seed_fixes_every_byte_and_another_changes_order_and_numbers(string folder, string name)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("upcycling"));
        var example = new Example(folder, name);
        byte[] Bytes(double share, ulong seed, int threads = 0)
        {
            using var made = Make(folder, example, share, seed, threads: threads);
            return File.ReadAllBytes(Path.Combine(made.Path, "model.safetensors"));
        }

        Assert.Equal(Bytes(0.5, 3), Bytes(0.5, 3, threads: 1));
        Assert.NotEqual(Bytes(0.5, 3), Bytes(0.5, 4));
        Assert.NotEqual(Bytes(0, 3), Bytes(0, 4));
    }

    [Theory]
    [MemberData(nameof(UpcyclerReferenceTests.Cases), MemberType = typeof(UpcyclerReferenceTests))]
    public void The_result_is_a_model_that_runs(string folder, string name)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("upcycling"));
        foreach (var shared in new int?[] { null, 0, 70 })
        {
            using var made = Make(folder, new Example(folder, name), 0.5, 1, shared);
            using var model = LoadedModel.Open(made.Path);
            using var pool = new WorkerPool(2);
            using var ops = new InferenceOps(pool);
            var logits = model.Decoder.Logits(ops, model.Decoder.Hidden(ops, model.Decoder.Embed(ops, [1, 2, 3]), Layout.Of(3)));
            Assert.True(Vectors.AllFinite(pool, logits));
        }
    }

    [Fact]
    public void Bfloat16_stays_bfloat16()
    {
        Assert.SkipUnless(Fixtures.Has("qwen2-dense-bf16", "config.json"), Fixtures.MissingReason("qwen2-dense-bf16"));
        using var dense = CheckpointFolder.Open(Fixtures.Locate("qwen2-dense-bf16"));
        var path = Path.Combine(Folder, "bf16");
        Upcycler.Write(dense.Path, path, new UpcyclingOptions { Experts = 3, ExpertWidth = 11, ExpertsPerToken = 2, Reinitialise = 0.25 });
        using var made = CheckpointFolder.Open(path);
        Assert.All(made.Tensors.Values, tensor => Assert.Equal(DType.BF16, tensor.DType));
    }

    private CheckpointFolder Make(string folder, Example example, double reinitialise, ulong seed, int? shared = null, int threads = 0)
    {
        var path = Path.Combine(Folder, Guid.NewGuid().ToString("N"));
        Upcycler.Write(Fixtures.Locate(folder, "dense"), path, new UpcyclingOptions
        {
            Experts = example.Experts,
            ExpertWidth = example.ExpertWidth,
            ExpertsPerToken = 1,
            SharedWidth = shared,
            Reinitialise = reinitialise,
            Seed = seed,
            Threads = threads,
        });
        return CheckpointFolder.Open(path);
    }

    /// <summary>Row j of gate and up and column j of down, for every neuron j.</summary>
    private static float[][] Neurons(ITensorSource source, string prefix, int count)
    {
        var numbers = Projections.Select(name => source.ReadFloats($"{prefix}.{name}.weight")).ToArray();
        var hidden = numbers[0].Length / count;
        return [.. Enumerable.Range(0, count).Select(j => (float[])
            [.. numbers[0].AsSpan(j * hidden, hidden), .. numbers[1].AsSpan(j * hidden, hidden), .. Enumerable.Range(0, hidden).Select(r => numbers[2][r * count + j])])];
    }

    private sealed record Example(int Experts, int ExpertWidth, int FfnWidth, int Copies, int Discarded)
    {
        public Example(string folder, string name)
            : this(Number(folder, name, "experts"), Number(folder, name, "expert_width"), Number(folder, name, "ffn_width"), Number(folder, name, "copies"), Number(folder, name, "discarded_neurons"))
        {
        }

        private static int Number(string folder, string name, string field) =>
            UpcyclerReferenceTests.Expected(folder).GetProperty("cases").GetProperty(name).GetProperty(field).GetInt32();
    }
}
