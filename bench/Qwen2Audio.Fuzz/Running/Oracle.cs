using System.Text.RegularExpressions;

namespace Qwen2Audio.Fuzz.Running;

/// <summary>What a reader did with an input.</summary>
/// <param name="Fault">What is wrong with that; null when nothing is.</param>
/// <param name="Kind">The same for faults with the same cause.</param>
/// <param name="Behaviour">The same for inputs that the reader treated alike.</param>
internal sealed record Verdict(string? Fault, string Kind, string Behaviour);

/// <summary>
/// Judges a reader: it returns, or throws what it declares, with a message for users; within a bounded time and memory. Stack overflows
/// and the like end the process, which is why long runs put the reader into one of its own.
/// </summary>
internal static partial class Oracle
{
    /// <summary>Far more than any input needs that is read in linear time.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5);
    private const int LongestMessage = 20_000;

    public static Verdict Try(FuzzTarget target, byte[] input, Workspace place)
    {
        var (time, allocated) = (ThreadTime.Now, GC.GetAllocatedBytesForCurrentThread());
        string behaviour;
        Exception? thrown = null;
        try
        {
            behaviour = target.Read(input, place);
        }
#pragma warning disable CA1031 // every exception is what is looked for
        catch (Exception exception)
#pragma warning restore CA1031
        {
            behaviour = "";
            thrown = exception;
        }

        (time, allocated) = (ThreadTime.Now - time, GC.GetAllocatedBytesForCurrentThread() - allocated);
        if (thrown is not null)
        {
            behaviour = $"{thrown.GetType().Name} {Shape(thrown.Message.Replace(place.Folder, "", StringComparison.Ordinal))}";
            if (Fault(target, thrown, input, place) is { } wrong) return new Verdict($"{wrong}\n{thrown}", $"{wrong.Split(':')[0]} {Place(thrown)}", behaviour);
        }

        if (time > MostTime) return new Verdict($"it took {time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s of processor time", "time", behaviour);
        var most = target.Allocated + ((long)target.AllocatedPerByte * input.Length);
        if (allocated > most) return new Verdict($"it allocated {allocated} bytes for an input of {input.Length}; allowed: {most}", "memory", behaviour);
        return new Verdict(null, "", behaviour);
    }

    private static string? Fault(FuzzTarget target, Exception exception, byte[] input, Workspace place)
    {
        if (!target.Declared.Contains(exception.GetType())) return $"{exception.GetType().Name}, which it does not declare";
        var message = exception.Message;
        if (message.Length > LongestMessage) return $"a message too long: {message.Length} characters";
        if (!message.Contains(target.Named(place), StringComparison.Ordinal)) return $"a message that does not name the file: {message}";
        // what the input itself says may be quoted
        return CodeNameIn(message) is { } name && !Encoding.UTF8.GetString(input).Contains(name, StringComparison.Ordinal) ? $"a message with a name of the code ({name}): {message}" : null;
    }

    /// <summary>A name of the code, or of the libraries beneath, that a message shows; null when there is none.</summary>
    public static string? CodeNameIn(string message) => CodeName().Match(message) is { Success: true } name ? name.Value : null;

    /// <summary>A message without what belongs to one input: numbers and quoted text.</summary>
    private static string Shape(string message)
    {
        var shape = new StringBuilder();
        var quoted = false;
        foreach (var c in message.AsSpan(0, Math.Min(message.Length, 400)))
        {
            if (c is '"' or '\'') quoted = !quoted;
            else if (!quoted && !char.IsAsciiDigit(c) && c is >= ' ' and <= '~') shape.Append(c);
        }

        return shape.ToString();
    }

    private static string Place(Exception exception) =>
        exception.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Qwen2Audio", StringComparison.Ordinal))?.Trim() ?? "";

    [GeneratedRegex(@"\b(System|Microsoft|YamlDotNet|Qwen2Audio)\.[A-Z]\w+|\b[A-Z]\w+Exception\b|\w`\d\[|\(Parameter '|BytePositionInLine|reader options|\bInt(16|32|64)\b|\b\w+(Recipe|Settings|Options|Config)\b(?=[^""]*type)", RegexOptions.CultureInvariant)]
    private static partial Regex CodeName();
}
