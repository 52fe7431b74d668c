namespace Qwen2Audio.Training.Ops;

/// <summary>Observes a backward pass while it runs.</summary>
internal interface IBackwardObserver
{
    /// <summary>The parameter's gradient is final for this pass.</summary>
    void Final(Parameter parameter);

    /// <summary>Called between two operators.</summary>
    void Between();
}
