using System.Runtime.InteropServices;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Operators.Tests;

/// <summary>What holds for every operator of <see cref="InferenceOps"/>.</summary>
public sealed class InferenceOpsContractTests
{
    private static readonly float[] Scales = [1f, 1e4f, 1e-20f];

    public static TheoryData<string> RowWiseNames => [.. OperatorsUnderTest.RowWise];

    public static TheoryData<string, float, WeightStorage> RowWise => Cases(OperatorsUnderTest.RowWise);

    public static TheoryData<string, float, WeightStorage> SequenceWise => Cases(OperatorsUnderTest.SequenceWise);

    public static TheoryData<string, float, WeightStorage> Every => Cases(OperatorsUnderTest.All);

    [Theory, MemberData(nameof(RowWise))]
    public void OneRowAtATimeIsAllRows(string name, float scale, WeightStorage storage)
    {
        using var run = new Run(2, storage);
        var values = OperatorsUnderTest.Random(9, scale);
        var all = run.Of(name, values, Layout.Of(9));
        var width = all.Length / 9;
        for (var row = 0; row < 9; row++)
        {
            var one = run.Of(name, values[(row * 24)..(row * 24 + 24)], Layout.Continuing([1], [row]));
            Numbers.Same(all.AsSpan(row * width, width), one);
        }
    }

    [Theory, MemberData(nameof(Every))]
    public void ABatchIsEachSequenceAlone(string name, float scale, WeightStorage storage)
    {
        int[] lengths = [6, 1, 0, 13];
        using var run = new Run(2, storage);
        var values = OperatorsUnderTest.Random(20, scale);
        var rows = Layout.Of(lengths);
        var batch = run.Of(name, values, rows);
        var alone = new List<float>();
        for (var s = 0; s < lengths.Length; s++)
        {
            if (lengths[s] > 0) alone.AddRange(run.Of(name, values[(rows.Starts[s] * 24)..(rows.Starts[s + 1] * 24)], Layout.Of(lengths[s])));
        }

        Numbers.Same(batch, CollectionsMarshal.AsSpan(alone));
    }

    [Theory, MemberData(nameof(Every))]
    public void TheNumberOfThreadsChangesNothing(string name, float scale, WeightStorage storage)
    {
        var values = OperatorsUnderTest.Random(150, scale);
        var rows = Layout.Of(100, 50);
        using var one = new Run(1, storage);
        var expected = one.Of(name, values, rows);
        foreach (var threads in new[] { 2, 3, 5 })
        {
            using var several = new Run(threads, storage);
            Numbers.Same(expected, several.Of(name, values, rows));
        }
    }

    [Theory, MemberData(nameof(RowWiseNames))]
    public void ARepeatedCallAllocatesNothing(string name)
    {
        Assert.SkipWhen(
            name is "gated ffn" or "values" || name.StartsWith("mlp", StringComparison.Ordinal) || name.EndsWith("positions", StringComparison.Ordinal) || name.Contains("expert"),
            "the test's own call makes weight records; the tests of whole models cover these operators");
        var operation = OperatorsUnderTest<Matrix>.RowWise[name];
        var rows = Layout.Of(1);
        foreach (var scale in Scales)
        {
            foreach (var storage in Enum.GetValues<WeightStorage>())
            {
                using var run = new Run(2, storage);
                var x = OperatorsUnderTest.Random(1, scale);
                for (var i = 0; i < 3; i++) Once(run, x);
                var capacity = run.Ops.ArenaCapacity;
                Allocation.AssertNone(100, () => Once(run, x));
                Assert.Equal(capacity, run.Ops.ArenaCapacity);
            }
        }

        void Once(Run run, float[] x)
        {
            run.Ops.Reset();
            operation(run.Ops, run.Weights, run.Ops.Input(x, 1, 24), rows);
        }
    }

    private static TheoryData<string, float, WeightStorage> Cases(IEnumerable<string> names)
    {
        var data = new TheoryData<string, float, WeightStorage>();
        foreach (var name in names)
            foreach (var scale in Scales)
                foreach (var storage in Enum.GetValues<WeightStorage>()) data.Add(name, scale, storage);
        return data;
    }

    private sealed class Run : IDisposable
    {
        private readonly WorkerPool _pool;

        public Run(int threads, WeightStorage storage)
        {
            Weights = new InferenceWeights(storage);
            _pool = new WorkerPool(threads);
            Ops = new InferenceOps(_pool);
        }

        public InferenceOps Ops { get; }

        public InferenceWeights Weights { get; }

        public float[] Of(string name, float[] values, Layout rows)
        {
            Ops.Reset();
            var operation = OperatorsUnderTest<Matrix>.Of(name);
            return operation(Ops, Weights, Ops.Input(values, rows.Rows, 24), rows).Span.ToArray();
        }

        public void Dispose()
        {
            Weights.Dispose();
            Ops.Dispose();
            _pool.Dispose();
        }
    }
}
