namespace Qwen2Audio.Audio.Tests;

internal static partial class SndFileWriter
{
    /// <summary>Skips the test if the library is missing or does not write the format.</summary>
    public static void SkipUnlessItWrites(int format)
    {
        var missing = Missing(format);
        Assert.SkipUnless(missing is null, missing ?? "");
    }
}
