namespace Qwen2Audio.Checkpoints;

/// <summary>The values of config.json's model_type that are published codecs.</summary>
public static class CodecKinds
{
    public const string Encodec = "encodec";
    public const string Dac = "dac";
    public const string Mimi = "mimi";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Encodec, Dac, Mimi];
}
