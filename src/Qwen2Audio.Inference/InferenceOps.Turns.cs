using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

public sealed partial class InferenceOps
{
    private NativeArena Arena => _work.Arena;

    /// <summary>
    /// Computes with a workspace from now on; null: with the operators' own. Whoever calls has the turn on the worker pool; between two layers of
    /// a pass the turn may go to others, after whom the pass goes on with its own workspace.
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
