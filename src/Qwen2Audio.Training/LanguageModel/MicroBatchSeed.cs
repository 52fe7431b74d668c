namespace Qwen2Audio.Training.LanguageModel;

/// <summary>Seeds for a step's micro-batches, so that their dropout masks differ.</summary>
internal static class MicroBatchSeed
{
    public static ulong Of(ulong step, int microBatch) => unchecked(step + 0xD1B54A32D192ED03ul * (ulong)microBatch);
}
