namespace Qwen2Audio.Numerics.Attention;

/// <summary>
/// The form of scaled dot-product attention: query head h reads key/value head ⌊h / (Heads / KvHeads)⌋, scores are multiplied by
/// 1/√HeadDim. Key j is visible for query i when !Causal or j ≤ i + offset, and Window is 0 or (i + offset) − j &lt; Window.
/// </summary>
public readonly record struct AttentionShape(int Heads, int KvHeads, int HeadDim, bool Causal, int Window)
{
    /// <summary>Query heads that share one key/value head.</summary>
    internal int Group => Heads / KvHeads;

    internal float Scale => (float)(1.0 / Math.Sqrt(HeadDim));

    /// <summary>First key that a query at <paramref name="position"/> (in keys) sees.</summary>
    internal int FirstKey(int position) => Window == 0 ? 0 : Math.Max(0, position - Window + 1);

    /// <summary>One past the last of <paramref name="keys"/> keys that a query at <paramref name="position"/> sees.</summary>
    internal int EndKey(int position, int keys) => Causal ? Math.Clamp(position + 1, 0, keys) : keys;
}
