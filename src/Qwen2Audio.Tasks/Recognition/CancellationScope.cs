namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Sets a model's cancellation until it is disposed; the caller holds the model's gate.</summary>
internal readonly struct CancellationScope : IDisposable
{
    private readonly ISpeechNetwork _model;

    public CancellationScope(ISpeechNetwork model, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _model = model;
        _model.Cancellation = cancellation;
    }

    public void Dispose() => _model.Cancellation = default;
}
