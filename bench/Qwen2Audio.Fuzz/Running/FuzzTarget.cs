using Qwen2Audio.Fuzz.Mutation;

namespace Qwen2Audio.Fuzz.Running;

/// <summary>A reader that is tried: good inputs for it, and what it may do with bad ones.</summary>
/// <param name="Name">As it is chosen on the command line.</param>
/// <param name="Form">How its inputs are written.</param>
/// <param name="Seeds">Good inputs; the reader must take them.</param>
/// <param name="Read">
/// Hands an input to the reader and says in a word or two what came of it: inputs that lead to something new are kept and changed further.
/// </param>
/// <param name="Declared">The exceptions that it may end with.</param>
internal sealed record FuzzTarget(string Name, InputForm Form, IReadOnlyList<byte[]> Seeds, Func<byte[], Workspace, string> Read, params IReadOnlyList<Type> Declared)
{
    /// <summary>Words of the format.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>What the message of a refusal must name.</summary>
    public Func<Workspace, string> Named { get; init; } = place => place.Folder;

    /// <summary>Puts checksums and sizes right, so that what stands behind them is reached.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Managed bytes that reading may allocate beside <see cref="AllocatedPerByte"/> for each byte of the input.</summary>
    public long Allocated { get; init; } = 1 << 20;

    /// <summary>Managed bytes for each byte of the input.</summary>
    public int AllocatedPerByte { get; init; } = 16;

    /// <summary>Why it cannot be tried on this machine; null when it can.</summary>
    public string? Missing { get; init; }
}

/// <summary>A result that cannot be right, found by a target itself.</summary>
internal sealed class WrongResultException(string message) : Exception(message);
