namespace Qwen2Audio.Model.Ops;

/// <summary>Numbers the operators of a model that have state, in the order in which they are asked for. Models that share a state share it.</summary>
public sealed class Sites
{
    private int _next;

    /// <summary>The next site.</summary>
    public int Next() => _next++;
}
