namespace Qwen2Audio.Formats.Shards;

/// <summary>A shard, its index or a pattern of shards cannot be used: names the file, the place, what was found and what is allowed.</summary>
public sealed class ShardException : BadFileException
{
    /// <summary>One problem.</summary>
    public ShardException(string file, string place, string found, string allowed, Exception? inner = null)
        : base(file, [new Problem(place, found, allowed)], 1, inner)
    {
    }

    internal static Exception Of(string file, Problem problem, Exception? inner) =>
        new ShardException(file, problem.Place, problem.Found, problem.Allowed, inner);
}
