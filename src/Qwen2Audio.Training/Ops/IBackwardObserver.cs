namespace Qwen2Audio.Training.Ops;

/// <summary>Looks on while a backward pass runs.</summary>
public interface IBackwardObserver
{
    /// <summary>Nothing more of this pass will be added to the parameter's gradient.</summary>
    void Final(Parameter parameter);

    /// <summary>Called between two operators.</summary>
    void Between();
}
