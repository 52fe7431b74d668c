namespace Qwen2Audio.Numerics.Attention;

/// <summary>
/// The form of scaled dot-product attention: query head h reads key/value head ⌊h / (Heads / KvHeads)⌋, scores are multiplied by
/// 1/√HeadDim. Key j is visible for query i when !Causal or j ≤ i + offset, and Window is 0 or (i + offset) − j &lt; Window. With chunks, both
/// places are first divided by Chunk and rounded down, so a query sees its whole chunk.
/// </summary>
public readonly record struct AttentionShape(int Heads, int KvHeads, int HeadDim, bool Causal, int Window, int Chunk = 1)
{
    /// <summary>Query heads that share one key/value head.</summary>
    internal int Group => Heads / KvHeads;

    internal float Scale => (float)(1.0 / Math.Sqrt(HeadDim));

    /// <summary>First key that a query at <paramref name="position"/> (in keys) sees.</summary>
    internal int FirstKey(int position) => Window == 0 ? 0 : Math.Max(0, LastOfChunk(position) - Farthest);

    /// <summary>One past the last of <paramref name="keys"/> keys that a query at <paramref name="position"/> sees.</summary>
    internal int EndKey(int position, int keys) => Causal ? Math.Clamp(LastOfChunk(position) + 1, 0, keys) : keys;

    /// <summary>The last place of a place's chunk.</summary>
    internal int LastOfChunk(int position) => Chunk == 1 ? position : (int)Math.Floor((double)position / Chunk) * Chunk + Chunk - 1;

    /// <summary>Largest distance of a visible key from the last place of the query's chunk, with a window.</summary>
    internal int Farthest => Window * Chunk - 1;
}
