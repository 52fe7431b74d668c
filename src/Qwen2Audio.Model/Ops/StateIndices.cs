namespace Qwen2Audio.Model.Ops;

/// <summary>Numbers the operators of a model that have state, in the order in which they are asked for. Models that share a state share it.</summary>
public sealed class StateIndices
{
    private int _next;

    /// <summary>The next index.</summary>
    public int Next() => _next++;
}
