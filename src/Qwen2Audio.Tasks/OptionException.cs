namespace Qwen2Audio.Tasks;

/// <summary>An option that the model does not support, such as a language; names the option, its value and the allowed values.</summary>
public sealed class OptionException : ArgumentException
{
    /// <summary>A message for people.</summary>
    public OptionException(string message)
        : base(message)
    {
    }

    /// <summary>The usual message, about a named option.</summary>
    /// <param name="option">The property of an options record, such as Codebooks.</param>
    /// <param name="found">Its value.</param>
    /// <param name="allowed">The allowed values.</param>
    public OptionException(string option, string found, string allowed)
        : base($"{option} is {found}; allowed: {allowed}.") => Option = option;

    /// <summary>The option's name; null if the message is not about a single one.</summary>
    public string? Option { get; }
}
