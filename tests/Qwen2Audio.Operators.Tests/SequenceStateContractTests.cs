using System.Runtime.InteropServices;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>What holds for every operator that takes sequences in pieces, and for the keys and values of attention.</summary>
public sealed class SequenceStateContractTests : InferenceTest
{
    private const int Width = OperatorsUnderTest.Width;

    public static TheoryData<string> Stateful => [.. OperatorsUnderTest.Stateful];

    /// <summary>Sequences of several lengths in slots of one state, each in its own pieces, some empty, give the same bits as the whole.</summary>
    [Theory, MemberData(nameof(Stateful))]
    public void PiecesAreTheWhole(string name)
    {
        int[] lengths = [31, 4, 1, 0, 22];
        int[] slots = [3, 0, 5, 1, 2];
        using var state = new SequenceState(6);
        foreach (var (size, random) in new[] { (1, 0), (2, 0), (5, 0), (40, 0), (7, 1), (9, 2) })
        {
            var sounds = lengths.Select((length, i) => OperatorsUnderTest.Random(length, 1, i + 1)).ToArray();
            var pieces = Pieces(name, sounds, slots, state, size, random);
            for (var s = 0; s < lengths.Length; s++) AssertSame(Whole(name, sounds[s]), pieces[s], $"{name}, pieces of {size} ({random}), sequence {s}");
        }
    }

    [Theory, MemberData(nameof(Stateful))]
    public void AStateGrowsNoFurtherAndRefusesAGap(string name)
    {
        using var state = new SequenceState(1);
        var x = OperatorsUnderTest.Random(3, 1);
        long bytes = 0;
        for (var piece = 0; piece < 50; piece++)
        {
            Ops.Reset();
            Run(name, x, Layout.Pieces([3], [3 * piece], [false]), state);
            if (piece == 0) bytes = state.Bytes;
        }

        Assert.Equal(bytes, state.Bytes);
        Assert.Throws<ArgumentException>(() => Run(name, x, Layout.Pieces([3], [151], [false]), state));
        Assert.Throws<ArgumentException>(() => Run(name, x, Layout.Pieces([3], [150], [false], [1]), state));
        Assert.Throws<ArgumentException>(() => Run(name, [.. x, .. x], Layout.Pieces([3, 3], [0, 0], [false, false], [0, 0]), state));
        Assert.Throws<ArgumentException>(() => Run(name, x, Layout.Pieces([3], [3], [true]), null));
    }

    [Theory, MemberData(nameof(Stateful))]
    public void AForkGoesOnAsItsParent(string name)
    {
        using var state = new SequenceState(2);
        var sound = OperatorsUnderTest.Random(20, 1);
        Run(name, sound[..(9 * Width)], Layout.Pieces([9], [0], [false]), state);
        state.CopyRows(0, 1, 0, 9);
        var end = sound[(9 * Width)..];
        var both = Run(name, [.. end, .. end], Layout.Pieces([11, 11], [9, 9], [true, true]), state);
        AssertSame(both[..(both.Length / 2)], both[(both.Length / 2)..], name);
    }

    [Theory, MemberData(nameof(Stateful))]
    public void TrainingHasNoState(string name)
    {
        using var state = new SequenceState(1);
        using var parameters = new ParameterSet();
        using var ops = new TrainingOps(Pool);
        Run(name, new float[Width], Layout.Of(1), null); // asks for the weights
        foreach (var weight in Weights.Made) parameters.Weights.Get(weight.Name, [.. weight.Shape]);
        parameters.Allocate(_ => true);
        ops.Begin();
        var error = Assert.Throws<ArgumentException>(() => OperatorsUnderTest<Variable>.Stateful[name](
            ops, parameters.Weights, ops.Input(new float[Width], 1, Width), Layout.Of(1), state));
        Assert.Contains("state is for inference", error.Message);
        Assert.Throws<ArgumentException>(() => OperatorsUnderTest<Variable>.Stateful[name](
            ops, parameters.Weights, ops.Input(new float[Width], 1, Width), Layout.Pieces([1], [0], [false]), null));
    }

    /// <summary>With a window, keys and values that are no longer visible are overwritten; everything else is bit-identical.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(7), InlineData(30)]
    public void AWindowForgetsWhatNobodySees(int size)
    {
        const int Window = 5;
        var windowed = new AttentionSpec(4, 2, 6, Causal: true, Window);
        using var endless = new SequenceState(2);
        using var all = new SequenceState(2, 400);
        var reference = new KeyValueState(2, 400, 12, 0); // the same rows, none forgotten
        reference.Reserve(400);
        long bytes = 0;
        for (var position = 0; position < 300; position += size)
        {
            Ops.Reset();
            var rows = Layout.Continuing([size, 1], [position, position / size]);
            var (q, k, v) = Projected(rows, position);
            var found = Ops.Attention(q, k, v, windowed, rows, endless).Span.ToArray();
            var expected = Unbounded(reference, windowed, q, k, v, rows);
            AssertSame(expected, found, $"row {position}");
            if (position >= 90) bytes = bytes == 0 ? endless.Bytes : bytes;
        }

        Assert.Equal(bytes, endless.Bytes);
        Assert.InRange(bytes, 1, 2 * 2 * (Window + Math.Max(Window, size)) * 12L * sizeof(float));
        reference.Dispose();
    }

    [Fact]
    public void ForksAndBranchesUnderAWindowGoOnAsIfNothingWereForgotten()
    {
        var model = new Qwen2Model(InferenceWeights.Config(window: 4), Weights);
        var decoder = new Qwen2Decoder(model);
        using var state = new SequenceState(3, 200);
        var session = new DecodingSession(decoder, Ops, state);
        int[] first = [1, 2, 3, 4, 5, 6, 7], second = [8, 9];
        List<int[]> held = [first, second];
        session.Admit([.. first, .. second], Layout.Of(7, 2));
        var random = new Random(3);
        for (var step = 0; step < 60; step++)
        {
            int[] parents = (step % 5) switch { 0 => [1, 0, 1], 1 => [2, 0], 2 => [1, 1, 1], 3 => [2, 1], _ => [1, 0] };
            session.Fork(parents);
            session.Branch(0, [.. Enumerable.Range(0, 30)], [12, 18]);
            int[] tokens = [.. parents.Select(_ => random.Next(67))];
            held = [.. parents.Select((parent, i) => (int[])[.. held[parent], tokens[i]])];
            var logits = session.Step(tokens);
            var found = Enumerable.Range(0, parents.Length).Select(i => logits.Row(i).ToArray()).ToArray();
            for (var i = 0; i < found.Length; i++)
            {
                Ops.Reset();
                var whole = model.Logits(Ops, model.Hidden(Ops, model.Embed(Ops, held[i]), Layout.Of(held[i].Length)));
                for (var t = 0; t < 67; t++) Assert.Equal(whole.Row(whole.Rows - 1)[t], found[i][t], 5e-5f);
            }
        }
    }

    private (Matrix Q, Matrix K, Matrix V) Projected(Layout rows, int seed) => OperatorsUnderTest<Matrix>.Projected(
        Ops, Weights, Ops.Input(OperatorsUnderTest.Random(rows.Rows, 1, seed + 1), rows.Rows, Width), rows);

    /// <summary>The same attention over contiguous keys and values.</summary>
    private float[] Unbounded(KeyValueState state, AttentionSpec spec, Matrix q, Matrix k, Matrix v, Layout rows)
    {
        var results = new List<float>();
        for (var s = 0; s < rows.Sequences; s++)
        {
            var (start, count) = (rows.Starts[s], rows.Length(s));
            var (keys, values, first) = state.Append(s, rows.FirstPosition(s), k.RowRange(start, count), v.RowRange(start, count));
            Assert.Equal(0, first);
            results.AddRange(Ops.Attention(
                q.RowRange(start, count), keys, values, spec, Layout.Continuing([count], [rows.FirstPosition(s)]), keyRows: Layout.Of(keys.Rows)).Span);
        }

        return [.. results];
    }

    private float[] Run(string name, float[] x, Layout rows, SequenceState? state) =>
        OperatorsUnderTest<Matrix>.Stateful[name](Ops, Weights, Ops.Input(x, rows.Rows, Width), rows, state).Span.ToArray();

    private float[] Whole(string name, float[] x)
    {
        Ops.Reset();
        return Run(name, x, Layout.Of(x.Length / Width), null);
    }

    /// <summary>Feeds pieces of a fixed size or, given a seed, of random sizes up to that, until every sequence has ended; some end with an empty piece.</summary>
    private List<float>[] Pieces(string name, float[][] sounds, int[] slots, SequenceState state, int size, int seed)
    {
        var random = new Random(seed);
        var results = sounds.Select(_ => new List<float>()).ToArray();
        var (at, ended) = (new int[sounds.Length], new bool[sounds.Length]);
        while (ended.Contains(false))
        {
            int[] turn = [.. Enumerable.Range(0, sounds.Length).Where(s => !ended[s])];
            var (lengths, x) = (new int[turn.Length], new List<float>());
            var ends = new bool[turn.Length];
            for (var i = 0; i < turn.Length; i++)
            {
                var (s, rows) = (turn[i], sounds[turn[i]].Length / Width);
                lengths[i] = Math.Min(rows - at[s], seed == 0 ? size : random.Next(size + 1));
                ends[i] = at[s] + lengths[i] == rows && (seed == 0 || random.Next(2) == 0);
                x.AddRange(sounds[s].AsSpan(at[s] * Width, lengths[i] * Width));
            }

            Ops.Reset();
            var layout = Layout.Pieces(lengths, [.. turn.Select(s => at[s])], ends, [.. turn.Select(s => slots[s])]);
            var y = OperatorsUnderTest<Matrix>.Stateful[name](Ops, Weights, Ops.Input(CollectionsMarshal.AsSpan(x), layout.Rows, Width), layout, state);
            var row = 0;
            for (var i = 0; i < turn.Length; i++)
            {
                var (s, count) = (turn[i], Made(name, at[turn[i]] + lengths[i], ends[i], y.Columns) - Made(name, at[turn[i]], false, y.Columns));
                for (var end = row + count; row < end; row++) results[s].AddRange(y.Row(row));
                at[s] += lengths[i];
                ended[s] = ends[i];
            }

            Assert.Equal(y.Rows, row);
        }

        return results;
    }

    /// <summary>Number of output rows for the first rows of a sequence: as many as a piece of them alone gives.</summary>
    private int Made(string name, int rows, bool ends, int columns)
    {
        if (rows == 0 && !ends) return 0;
        using var state = new SequenceState(1);
        return Run(name, new float[rows * Width], Layout.Pieces([rows], [0], [ends]), state).Length / columns;
    }

    private static void AssertSame(IEnumerable<float> expected, IEnumerable<float> found, string what)
    {
        int[] bits = [.. expected.Select(BitConverter.SingleToInt32Bits)], others = [.. found.Select(BitConverter.SingleToInt32Bits)];
        Assert.True(bits.SequenceEqual(others), $"{what}: {bits.Length} and {others.Length} numbers, first difference at {bits.Zip(others).TakeWhile(pair => pair.First == pair.Second).Count()}");
    }
}
