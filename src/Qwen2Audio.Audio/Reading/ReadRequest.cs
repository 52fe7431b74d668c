namespace Qwen2Audio.Audio.Reading;

/// <summary>How to read a file.</summary>
/// <param name="Options">Limits and choices.</param>
/// <param name="Form">What to convert to; null: as stored in the file.</param>
/// <param name="Handler">Receives the samples as they come, which are then not kept; null: they are kept.</param>
/// <param name="Cancellation">Ends the reading between two blocks.</param>
internal sealed record ReadRequest(AudioReadOptions Options, AudioForm? Form = null, SampleHandler? Handler = null, CancellationToken Cancellation = default);
