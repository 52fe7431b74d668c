using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>The audio encoder in chunks, as in streaming recognition.</summary>
public sealed class AudioEncoderChunkTests : IDisposable
{
    private const int Bins = 10;
    private static readonly EncoderChunks Chunks = new(4, 2);
    private readonly WorkerPool _pool = new(2);
    private readonly InferenceWeights _weights = new();
    private readonly InferenceOps _ops;
    private readonly AudioEncoderModel _encoder;

    public AudioEncoderChunkTests() => (_ops, _encoder) = (new InferenceOps(_pool), new AudioEncoderModel(Config, _weights));

    private static AudioEncoderConfig Config => new()
    {
        NumMelBins = Bins,
        DModel = 24,
        EncoderLayers = 3,
        EncoderAttentionHeads = 2,
        EncoderFfnDim = 32,
        MaxSourcePositions = 4000,
        Conv1Stride = 2,
        ConvLayerNorm = true,
        TimeKernelSize = 7,
        RotaryPositions = true,
        CtcVocabSize = 5,
    };

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 150)]
    [InlineData(2, 149)]
    [InlineData(5, 131)]
    [InlineData(100, 147)]
    public void Pieces_of_whole_chunks_have_the_bits_of_the_whole(int pieceChunks, int frames)
    {
        var mel = Mel(frames);
        var (pooled, ctc) = Whole(mel);
        using var state = new SequenceState(1);
        List<float> foundPooled = [], foundCtc = [];
        var piece = pieceChunks * Chunks.Rows * _encoder.Stride;
        for (var first = 0; ; first += piece)
        {
            var (count, ends) = (Math.Min(piece, frames - first), first + piece >= frames);
            _ops.Reset();
            var output = _encoder.Forward(_ops, _ops.Input(mel.AsSpan(first * Bins, count * Bins), count, Bins), Layout.Pieces([count], [first], [ends]), chunks: Chunks, state: state);
            foundPooled.AddRange(output.Pooled.Span);
            foundCtc.AddRange(output.Ctc.Span);
            if (ends) break;
        }

        Assert.Equal(pooled, foundPooled);
        Assert.Equal(ctc, foundCtc);
    }

    [Fact]
    public void A_row_depends_on_no_frame_after_its_chunk_and_on_a_limited_past()
    {
        const int frames = 480;
        var mel = Mel(frames);
        var before = Whole(mel).Ctc;
        var width = Config.CtcVocabSize;
        foreach (var changed in new[] { 16, 100, 383 })
        {
            float[] other = [.. mel];
            for (var bin = 0; bin < Bins; bin++) other[changed * Bins + bin] += 1;
            var after = Whole(other).Ctc;
            var chunk = changed / (Chunks.Rows * _encoder.Stride);
            var (first, end) = (chunk * Chunks.Rows, (chunk + Config.EncoderLayers * (Chunks.Left + 1) + 1) * Chunks.Rows);
            Assert.Equal(before[..(first * width)], after[..(first * width)]);
            Assert.NotEqual(before[(first * width)..((first + Chunks.Rows) * width)], after[(first * width)..((first + Chunks.Rows) * width)]);
            if (end * width < before.Length) Assert.Equal(before[(end * width)..], after[(end * width)..]);
        }
    }

    [Fact]
    public void Memory_of_a_long_stream_does_not_grow()
    {
        using var state = new SequenceState(1);
        var piece = Chunks.Rows * _encoder.Stride;
        var mel = Mel(piece);
        long bytes = 0;
        for (var i = 0; i < 60; i++)
        {
            _ops.Reset();
            _encoder.Forward(_ops, _ops.Input(mel, piece, Bins), Layout.Pieces([piece], [i * piece], [false]), chunks: Chunks, state: state);
            if (i == 3) bytes = state.Bytes;
        }

        Assert.Equal(bytes, state.Bytes);
    }

    [Fact]
    public void Pieces_that_are_no_whole_chunks_and_pieces_without_chunks_are_refused()
    {
        using var state = new SequenceState(1);
        var mel = Mel(20);
        Assert.Throws<ArgumentException>(() => _encoder.Forward(_ops, _ops.Input(mel, 20, Bins), Layout.Pieces([20], [0], [false]), chunks: Chunks, state: state));
        Assert.Throws<ArgumentException>(() => _encoder.Forward(_ops, _ops.Input(mel, 20, Bins), Layout.Pieces([20], [0], [false]), state: state));
    }

    [Fact]
    public void Training_computes_what_inference_computes()
    {
        var mel = Mel(90);
        var expected = Whole(mel).Ctc;
        using var parameters = new ParameterSet();
        var encoder = new AudioEncoderModel(Config, parameters.Weights);
        parameters.Allocate(_ => true);
        foreach (var parameter in parameters.Parameters) InferenceWeights.Fill(parameter.Name, parameter.Shape.Count == 1, parameter.Value);
        using var ops = new TrainingOps(_pool);
        ops.Begin();
        var found = encoder.Forward(ops, ops.Input(mel, 90, Bins), Layout.Of(90), chunks: Chunks).Ctc!.Value.Span.ToArray();
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < found.Length; i++) Assert.Equal(expected[i], found[i], 1e-4f);
    }

    public void Dispose()
    {
        _weights.Dispose();
        _ops.Dispose();
        _pool.Dispose();
    }

    private static float[] Mel(int frames)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, frames * Bins).Select(_ => 2 * random.NextSingle() - 1)];
    }

    private (float[] Pooled, float[] Ctc) Whole(float[] mel)
    {
        _ops.Reset();
        var frames = mel.Length / Bins;
        var output = _encoder.Forward(_ops, _ops.Input(mel, frames, Bins), Layout.Of(frames), chunks: Chunks);
        return (output.Pooled.Span.ToArray(), output.Ctc.Span.ToArray());
    }
}
