namespace Qwen2Audio.Audio.Wav;

/// <summary>Decodes the 256 codes of ITU-T G.711, full scale ±1: 13 bits for A-law, 14 bits for µ-law, at the top of 16 bits.</summary>
internal static class G711
{
    private static readonly float[] A = [.. Enumerable.Range(0, 256).Select(code => ALawSample(code) / 32768f)];
    private static readonly float[] Mu = [.. Enumerable.Range(0, 256).Select(code => MuLawSample(code) / 32768f)];

    public static ReadOnlySpan<float> ALaw => A;

    public static ReadOnlySpan<float> MuLaw => Mu;

    private static int ALawSample(int code)
    {
        code ^= 0x55;
        var segment = (code >> 4) & 7;
        var magnitude = ((code & 15) << 4) + (segment == 0 ? 8 : 0x108);
        if (segment > 1) magnitude <<= segment - 1;
        return (code & 0x80) != 0 ? magnitude : -magnitude;
    }

    private static int MuLawSample(int code)
    {
        code = ~code;
        var magnitude = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
        return (code & 0x80) != 0 ? -magnitude : magnitude;
    }
}
