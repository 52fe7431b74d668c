namespace Qwen2Audio.Numerics.Products;

/// <summary>
/// What a kernel of <see cref="GemmTile"/> computes, strides in floats: C[r,n] = chain over k &lt; Depth, starting from Initial[r,n],
/// of A[r,k] · B[k,n]. For every <see cref="GemmTile.PrefetchRun"/> steps of k it may prefetch AheadCount cache lines, AheadRow apart, of what
/// will be needed next into the second-level cache; each run's lines begin AheadStep after those of the previous run.
/// </summary>
internal unsafe struct GemmTileTask
{
    public int Depth;
    public float* A;
    public nint ARow;
    public nint AStep;
    public float* B;
    public nint BStep;
    public float* Initial;
    public nint InitialRow;
    public float* C;
    public nint CRow;
    public float* Ahead;
    public nint AheadRow;
    public nint AheadStep;
    public int AheadCount;
}
