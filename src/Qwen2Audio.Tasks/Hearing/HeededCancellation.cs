namespace Qwen2Audio.Tasks.Hearing;

/// <summary>Cancellation that a model heeds until this is disposed of; the caller holds the model's gate.</summary>
internal readonly struct HeededCancellation : IDisposable
{
    private readonly ISpeechNetwork _model;

    public HeededCancellation(ISpeechNetwork model, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _model = model;
        _model.Cancellation = cancellation;
    }

    public void Dispose() => _model.Cancellation = default;
}
