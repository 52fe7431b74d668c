namespace Qwen2Audio.Inference;

/// <summary>The state that one operator keeps for each slot.</summary>
internal abstract class OperatorState(int slots) : IDisposable
{
    protected int Slots => slots;

    public abstract long Bytes { get; }

    public abstract void Copy(int from, int to, int start, int rows);

    public abstract void Dispose();

    protected void Check(int slot)
    {
        if ((uint)slot >= (uint)slots) throw new ArgumentException($"Slot {slot}; the state has slots 0…{slots - 1}.");
    }
}
