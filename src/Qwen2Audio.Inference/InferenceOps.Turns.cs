using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

public sealed partial class InferenceOps
{
    private NativeArena Arena => _work.Arena;

    /// <summary>
    /// Sets the workspace; null: the operators' own. The caller must hold the turn on the worker pool. Between two layers the turn may
    /// pass to other callers; afterwards the pass continues with its own workspace.
    /// </summary>
    public void Use(Workspace? workspace) => _work = workspace ?? _own;

    private void LetOthersIn()
    {
        var mine = _work;
        mine.Turn!.LetOthersIn();
        _work = mine;
        mine.Cancellation.ThrowIfCancellationRequested();
    }
}
