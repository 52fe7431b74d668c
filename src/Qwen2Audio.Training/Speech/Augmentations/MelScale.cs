using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech.Augmentations;

/// <summary>Centre frequencies of the 80 Slaney mel bins over 0…8000 Hz.</summary>
internal static class MelScale
{
    private const double BreakHz = 1000;
    private const double BreakMel = 15;
    private static readonly double LogStep = 27 / Math.Log(6.4);
    private static readonly double Top = ToMel(8000);

    /// <summary>Centre of a bin in Hz.</summary>
    public static double Centre(int bin) => ToHz(Top * (bin + 1) / (MelFrames.Bins + 1));

    /// <summary>The fractional bin whose centre is a frequency.</summary>
    public static double Bin(double hz) => (ToMel(hz) / Top * (MelFrames.Bins + 1)) - 1;

    /// <summary>The first bin whose centre is above a frequency.</summary>
    public static int FirstAbove(double hz) => Math.Clamp((int)Math.Floor(Bin(hz)) + 1, 0, MelFrames.Bins);

    private static double ToMel(double hz) => hz < BreakHz ? hz * BreakMel / BreakHz : BreakMel + (Math.Log(hz / BreakHz) * LogStep);

    private static double ToHz(double mel) => mel < BreakMel ? mel * BreakHz / BreakMel : BreakHz * Math.Exp((mel - BreakMel) / LogStep);
}
