namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Settings of <see cref="TextFrontEnd"/>.</summary>
public sealed record TextFrontEndOptions
{
    /// <summary>Whether 3/4/2026 is the third of April; by default it is March 4. Other dates are not ambiguous.</summary>
    public bool DayFirst { get; init; }
}
