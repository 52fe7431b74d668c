namespace Qwen2Audio.Audio;

/// <summary>Sampling rate and number of channels.</summary>
/// <param name="SampleRate">In Hz.</param>
/// <param name="Channels">At least 1.</param>
public readonly record struct AudioForm(int SampleRate, int Channels);

/// <summary>Receives samples, interleaved, whole frames; they are valid during the call only.</summary>
public delegate void SampleHandler(ReadOnlySpan<float> samples);
