namespace Qwen2Audio.Audio.Reading;

/// <summary>What a reader is asked for.</summary>
/// <param name="Options">Limits and choices.</param>
/// <param name="MonoRate">One channel at this rate in Hz; null: as the file stores it.</param>
/// <param name="Cancellation">Ends the reading between two blocks.</param>
internal sealed record ReadRequest(AudioReadOptions Options, int? MonoRate = null, CancellationToken Cancellation = default);
