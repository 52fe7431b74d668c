namespace Qwen2Audio.Inference.Generation.Sampling;

/// <summary>
/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011): a counter-based random generator
/// without state.
/// </summary>
internal static class Philox
{
    private const int Rounds = 10;

    /// <summary>The four random words of a counter under a key.</summary>
    public static (uint A, uint B, uint C, uint D) Bits(uint a, uint b, uint c, uint d, ulong key)
    {
        var (low, high) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < Rounds; round++)
        {
            var first = (ulong)a * 0xD2511F53;
            var second = (ulong)c * 0xCD9E8D57;
            (a, b, c, d) = ((uint)(second >> 32) ^ b ^ low, (uint)second, (uint)(first >> 32) ^ d ^ high, (uint)first);
            low += 0x9E3779B9;
            high += 0xBB67AE85;
        }

        return (a, b, c, d);
    }

    /// <summary>A uniform number in [0, 1), a multiple of 2⁻⁵³, from the first two words of counter (step, sequence, 0, 0).</summary>
    public static double Uniform(ulong seed, int sequence, int step)
    {
        var (a, b, _, _) = Bits((uint)step, (uint)sequence, 0, 0, seed);
        return ((((ulong)a << 32) | b) >> 11) * (1.0 / (1UL << 53));
    }
}
