namespace Qwen2Audio.Cli.Output;

/// <summary>Clips that a measurement left out.</summary>
internal static class LeftOut
{
    /// <summary>Reports them on standard error. Measuring nothing, or too small a part of the data, is a failure.</summary>
    /// <param name="measured">Number of clips measured.</param>
    /// <param name="reasons">Why each other clip was left out.</param>
    /// <param name="share">Fraction of clips left out, 0…1.</param>
    /// <param name="allowedPercent">The largest percentage that is not a failure.</param>
    public static int Verdict(int measured, IReadOnlyList<string> reasons, double share, double allowedPercent)
    {
        foreach (var reason in reasons) Console.Error.WriteLine($"left out: {TerminalText.Message(reason)}");
        var total = measured + reasons.Count;
        if (measured == 0) Console.Error.WriteLine($"qwen2audio: no clip was measured: {reasons.Count} of {total} were left out");
        else if (100 * share > allowedPercent)
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"qwen2audio: {reasons.Count} of {total} clips were left out, {100 * share:0.#} %; --max-skipped-percent allows {allowedPercent} %"));
        else return ExitCodes.Success;
        return ExitCodes.BadInput;
    }
}
