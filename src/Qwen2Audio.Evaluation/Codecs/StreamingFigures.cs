using System.Diagnostics;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>A codec on a stream, encoded and decoded piece by piece on one thread.</summary>
/// <param name="DelayMilliseconds">Longest time from a sample's arrival until all that its decoded value needs has arrived; computing is not counted.</param>
/// <param name="EncodeMilliseconds">Time to encode 20 ms of audio: the mean of the fastest second, which other programs disturbed least.</param>
/// <param name="DecodeMilliseconds">The same to decode it.</param>
public sealed record StreamingFigures(double DelayMilliseconds, double EncodeMilliseconds, double DecodeMilliseconds)
{
    private const double PieceSeconds = 0.02;
    private const double ShortPieceSeconds = 0.001;
    private const int PiecesPerSecond = 50;
    private const int Seconds = 5; // the first one reads weights and does not count
    private const int ShortPieces = 300;
    private const int LongestSeconds = 5;

    /// <summary>Seconds of audio encoded in a second of one thread.</summary>
    public double EncodeSpeed => 1000 * PieceSeconds / EncodeMilliseconds;

    /// <summary>Seconds of audio decoded in a second of one thread.</summary>
    public double DecodeSpeed => 1000 * PieceSeconds / DecodeMilliseconds;

    /// <summary>Measures; null if the codec gives no frame before the audio has ended.</summary>
    internal static StreamingFigures? Measure(LoadedCodec codec)
    {
        if (codec.Config.SequenceNorm || (codec.Config.Normalise && codec.Config.Chunks is null)) return null;
        using var pool = new WorkerPool(1);
        using var ops = new InferenceOps(pool);
        var (encode, decode) = Times(codec, ops);
        return new StreamingFigures(Delay(codec, ops), encode, decode);
    }

    private static (double Encode, double Decode) Times(LoadedCodec codec, InferenceOps ops)
    {
        var (encode, decode, pieces) = (new long[Seconds], new long[Seconds], 0);
        Run(codec, ops, PieceSeconds, Seconds * PiecesPerSecond, (encoding, decoding, _, _) =>
        {
            var second = pieces++ / PiecesPerSecond;
            encode[second] += encoding;
            decode[second] += decoding;
        });
        const double each = 1000.0 / PiecesPerSecond;
        return (encode[1..].Min() * each / Stopwatch.Frequency, decode[1..].Min() * each / Stopwatch.Frequency);
    }

    private static double Delay(LoadedCodec codec, InferenceOps ops)
    {
        var (longest, made) = (0L, 0L);
        Run(codec, ops, ShortPieceSeconds, codec.Config.Chunks is null ? ShortPieces : (int)(LongestSeconds / ShortPieceSeconds), (_, _, fed, samples) =>
        {
            if (samples > 0) longest = Math.Max(longest, fed - made);
            made += samples;
        });
        return 1000.0 * longest / codec.Config.SamplingRate;
    }

    /// <summary>Codes noise; after each piece: ticks to encode and to decode, samples given so far, samples returned by this piece.</summary>
    private static void Run(LoadedCodec codec, InferenceOps ops, double seconds, int pieces, Action<long, long, long, long> after)
    {
        var config = codec.Config;
        var count = Math.Max(1, (int)(seconds * config.SamplingRate));
        var capacity = (int)((long)count * pieces / config.Hop) + 2;
        using var encoding = new CodecEncoding(codec.Model, ops, codec.Codebooks[0], capacity);
        using var decoding = new CodecDecoding(codec.Model, ops, capacity);
        var random = new Random(1);
        var samples = new float[count * config.AudioChannels];
        for (var piece = 1; piece <= pieces; piece++)
        {
            foreach (ref var sample in samples.AsSpan()) sample = 0.2f * (random.NextSingle() - 0.5f);
            var began = Stopwatch.GetTimestamp();
            var frames = encoding.Add(samples);
            var encoded = Stopwatch.GetTimestamp();
            var made = frames.Sum(some => (long)decoding.Add(some).Length) / config.AudioChannels;
            after(encoded - began, Stopwatch.GetTimestamp() - encoded, (long)piece * count, made);
        }
    }
}
