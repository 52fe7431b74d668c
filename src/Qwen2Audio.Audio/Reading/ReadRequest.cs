namespace Qwen2Audio.Audio.Reading;

/// <summary>How to read a file.</summary>
/// <param name="Options">Limits and choices.</param>
/// <param name="MonoRate">Convert to one channel at this rate in Hz; null: as stored in the file.</param>
/// <param name="Cancellation">Ends the reading between two blocks.</param>
internal sealed record ReadRequest(AudioReadOptions Options, int? MonoRate = null, CancellationToken Cancellation = default);
