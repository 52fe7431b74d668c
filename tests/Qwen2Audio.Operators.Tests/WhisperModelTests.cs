using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Whisper on both operator sets, and row by row over a cache, with cross-attention computed once.</summary>
public sealed class WhisperModelTests : InferenceTest
{
    private const int Bins = 10;
    private const int Vocabulary = 53;
    private const int Frames = 30;

    private static readonly WhisperConfig Sizes = TinyConfigs.Whisper with
    {
        Encoder = TinyConfigs.Whisper.Encoder with { NumMelBins = Bins, MaxSourcePositions = Frames / 2 },
        VocabSize = Vocabulary,
        MaxTargetPositions = 1200,
    };

    private readonly WhisperModel _model;

    public WhisperModelTests() => _model = new WhisperModel(Sizes, Weights);

    [Fact]
    public void WritingRowByRowGivesTheWholePass()
    {
        var (mel, ids) = (Mel(2), Ids(2 * 11));
        var whole = Whole(mel, ids, Layout.Of(11, 11), Layout.Of(Frames, Frames));
        using var session = new WhisperSession(_model, Ops, clips: 2);
        session.Encode(mel, Layout.Of(Frames, Frames));
        for (var again = 0; again < 2; again++)
        {
            session.Restart();
            var logits = session.Feed([.. ids[..4], .. ids[11..15]]);
            AssertClose(whole[3], logits.Row(0));
            AssertClose(whole[14], logits.Row(1));
            for (var step = 4; step < 9; step++)
            {
                logits = session.Feed([ids[step], ids[11 + step]]);
                AssertClose(whole[step], logits.Row(0));
                AssertClose(whole[11 + step], logits.Row(1));
            }

            logits = session.Feed([ids[9], ids[10], ids[20], ids[21]]);
            AssertClose(whole[10], logits.Row(0));
            AssertClose(whole[21], logits.Row(1));
            Assert.Equal(11, session.Decoding.Position(0));
        }
    }

    [Fact]
    public void AClipIsHeardAsItIsAlone()
    {
        var (mel, ids) = (Mel(2), Ids(14));
        var both = Whole(mel, ids, Layout.Of(5, 9), Layout.Of(Frames, Frames));
        var second = Whole(mel.AsSpan(Frames * Bins), ids.AsSpan(5), Layout.Of(9), Layout.Of(Frames));
        for (var row = 0; row < 9; row++) Assert.Equal(second[row], both[5 + row]);
    }

    [Fact]
    public void AWrittenTokenAllocatesNothing()
    {
        using var session = new WhisperSession(_model, Ops);
        session.Encode(Mel(1), Layout.Of(Frames));
        session.Feed([1, 2, 3]);
        var token = new int[1];
        for (var i = 0; i < 20; i++) session.Feed(token);
        var capacity = Ops.ArenaCapacity;
        Allocation.AssertNone(100, () => token[0] = session.Feed(token).Row(0)[3] > 0 ? 3 : 4);
        Assert.Equal(capacity, Ops.ArenaCapacity);
        Assert.Throws<ArgumentException>(() => session.Feed(new int[session.Capacity]));
        Assert.Throws<ArgumentException>(() => session.Feed([]));
        Assert.Throws<ArgumentException>(() => session.Encode(Mel(2), Layout.Of(Frames, Frames)));
    }

    [Fact]
    public void ForkedTextsGoOnAsTheyDoAlone()
    {
        var mel = Mel(1);
        var ids = Ids(12);
        using var session = new WhisperSession(_model, Ops, texts: 4);
        session.Encode(mel, Layout.Of(Frames));
        for (var again = 0; again < 2; again++)
        {
            session.Restart();
            session.Feed(ids.AsSpan(0, 3));
            session.Decoding.Fork([0, 0, 0]);
            session.Feed([ids[3], ids[4], ids[5]]);
            session.Decoding.Fork([2, 0, 2, 2]);
            session.Feed([ids[6], ids[7], ids[8], ids[9]]);
            session.Decoding.Fork([1, 3]);
            float[][] logits = [.. Rows(session.Feed([ids[10], ids[11]]))];
            Assert.Equal((2, 6), (session.Decoding.Sequences, session.Decoding.Position(0)));
            AssertClose(Whole(mel, [ids[0], ids[1], ids[2], ids[3], ids[7], ids[10]], Layout.Of(6), Layout.Of(Frames))[5], logits[0]);
            AssertClose(Whole(mel, [ids[0], ids[1], ids[2], ids[5], ids[9], ids[11]], Layout.Of(6), Layout.Of(Frames))[5], logits[1]);
        }

        Assert.Throws<ArgumentException>(() => session.Decoding.Fork([0, 0, 0, 0, 0]));
        Assert.Throws<ArgumentException>(() => new WhisperSession(_model, Ops, clips: 2, texts: 2));
    }

    [Fact]
    public void KeptResultsOutliveAResetUntilTheyAreReleased()
    {
        var first = Ops.Input([1, 2, 3], 1, 3);
        using (Ops.Keep())
        {
            var second = Ops.Input([4, 5, 6], 1, 3);
            using (Ops.Keep())
            {
                Ops.Reset();
                Ops.Input([7, 8, 9], 1, 3);
                Assert.Equal([4, 5, 6], second.Span.ToArray());
            }

            Ops.Reset();
            Assert.Equal([10, 11, 12], Ops.Input([10, 11, 12], 1, 3).Span.ToArray());
            Assert.Equal([10, 11, 12], second.Span.ToArray());
            Assert.Equal([1, 2, 3], first.Span.ToArray());
        }

        Ops.Reset();
        Ops.Input([0, 0, 0], 1, 3);
        Assert.Equal([0, 0, 0], first.Span.ToArray());
    }

    [Fact]
    public void TrainingComputesWhatInferenceComputesAndEveryWeightLearns()
    {
        var (mel, ids) = (Mel(2), Ids(14));
        var expected = Whole(mel, ids, Layout.Of(5, 9), Layout.Of(Frames, Frames));
        using var parameters = new ParameterSet();
        var model = new WhisperModel(Sizes, parameters.Weights);
        parameters.Allocate(_ => true);
        foreach (var parameter in parameters.Parameters) InferenceWeights.Fill(parameter.Name, parameter.Shape.Count == 1, parameter.Value);
        using var ops = new TrainingOps(Pool);
        ops.Begin();
        var memory = model.Encode(ops, ops.Input(mel, 2 * Frames, Bins), Layout.Of(Frames, Frames));
        var logits = model.Logits(ops, model.Hidden(ops, model.Embed(ops, ids, Layout.Of(5, 9)), Layout.Of(5, 9), memory));
        for (var row = 0; row < 14; row++) AssertClose(expected[row], logits.Value.Row(row));
        var seed = ops.Scratch(14, Vocabulary);
        var random = new Random(3);
        foreach (ref var number in seed.Span) number = InferenceWeights.Normal(random);
        ops.Seed(logits, seed);
        ops.Backward();
        Assert.All(parameters.Parameters, parameter => Assert.True(HasNumber(parameter.Gradient), parameter.Name));
    }

    private static bool HasNumber(Matrix matrix)
    {
        foreach (var number in matrix.Span)
            if (number != 0 && float.IsFinite(number)) return true;
        return false;
    }

    private float[][] Whole(ReadOnlySpan<float> mel, ReadOnlySpan<int> ids, Layout rows, Layout frames)
    {
        Ops.Reset();
        var memory = _model.Encode(Ops, Ops.Input(mel, frames.Rows, Bins), frames);
        var logits = _model.Logits(Ops, _model.Hidden(Ops, _model.Embed(Ops, ids, rows), rows, memory));
        return [.. Enumerable.Range(0, logits.Rows).Select(row => logits.Row(row).ToArray())];
    }

    private static IEnumerable<float[]> Rows(Matrix matrix) => Enumerable.Range(0, matrix.Rows).Select(row => matrix.Row(row).ToArray());

    private static float[] Mel(int clips)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, clips * Frames * Bins).Select(_ => InferenceWeights.Normal(random))];
    }

    private static int[] Ids(int count)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Vocabulary))];
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < found.Length; i++) Assert.Equal(expected[i], found[i], 1e-4f);
    }
}
