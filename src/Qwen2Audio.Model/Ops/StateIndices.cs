namespace Qwen2Audio.Model.Ops;

/// <summary>Numbers a model's operators that have state, in the order of requests. Models that share a state share this object.</summary>
internal sealed class StateIndices
{
    private int _next;

    /// <summary>The next index.</summary>
    public int Next() => _next++;
}
