namespace Qwen2Audio.Audio.Tests;

/// <summary>Randomly damaged files: each is read or rejected with the declared exception, with memory in proportion to the file.</summary>
public sealed class AudioFileMutationTests
{
    private static readonly AudioReadOptions Options = new() { MaxSeconds = 20, MaxDecodedBytes = 4 << 20 };

    public static TheoryData<string> Kinds() => ["wav", "wav-float", "flac-fixed", "flac-linear", "flac-stereo", "flac-wide"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Damaged_files_are_read_or_refused(string kind)
    {
        var file = Make(kind);
        var random = new Random(kind.Length);
        for (var round = 0; round < 3000; round++)
        {
            var wrong = Mutate(file, random);
            var options = Options with { TruncatedData = (TruncatedData)(round & 1), NonFinite = (NonFinite)(round >> 1 & 1), LongAudio = (LongAudio)(round >> 2 & 1) };
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                AudioClip clip = Reading.Read(wrong, options);
                Assert.All(clip.Samples, v => Assert.True(float.IsFinite(v)));
                Assert.InRange(clip.Seconds, 0, 20);
            }
            catch (AudioFormatException)
            {
                // refused
            }

            var limit = 16L * wrong.Length + (kind.StartsWith("wav", StringComparison.Ordinal) ? 1 << 20 : 16 << 20);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, limit);
        }
    }

    private static byte[] Make(string kind)
    {
        int[] wave = PlainFlacEncoder.Wave(700, 16, 3), other = PlainFlacEncoder.Wave(700, 16, 4);
        return kind switch
        {
            "wav" => WavBytes.Pcm16([.. wave.Select(v => (short)v)]),
            "wav-float" => WavBytes.Floats(Signals.Noise(300, 1)),
            "flac-fixed" => new PlainFlacEncoder { Channels = [wave], Block = 200, Kind = FlacKind.Fixed, Order = 3, TotalKnown = false, DigestKnown = false }.ToArray(),
            "flac-linear" => new PlainFlacEncoder { Channels = [wave], Block = 200, Kind = FlacKind.Linear, Order = 8 }.ToArray(),
            "flac-stereo" => new PlainFlacEncoder { Channels = [wave, other], Assignment = 10, Kind = FlacKind.Fixed, Order = 2, DigestKnown = false }.ToArray(),
            _ => new PlainFlacEncoder { Channels = [PlainFlacEncoder.Wave(300, 32, 1), PlainFlacEncoder.Wave(300, 32, 2)], Bits = 32, Assignment = 8, Kind = FlacKind.Linear, Order = 2, Residual = FlacResidual.Rice5, DigestKnown = false }.ToArray(),
        };
    }

    private static byte[] Mutate(byte[] file, Random random)
    {
        byte[] wrong = [.. file];
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            // The headers at the front are hit more often than the samples.
            var at = random.Next(2) == 0 ? random.Next(Math.Min(100, wrong.Length)) : random.Next(wrong.Length);
            switch (random.Next(5))
            {
                case 0:
                    wrong[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    wrong[at] = (byte)(random.Next(2) * 255);
                    break;
                case 2:
                    wrong[at] = (byte)random.Next(256);
                    break;
                case 3 when at > 0:
                    wrong = wrong[..at];
                    break;
                default:
                    wrong = [.. wrong[..at], .. wrong[(at / 2)..]];
                    break;
            }
        }

        return wrong;
    }
}
